using FunctionsApp.Core.Parking;
using FunctionsApp.Core.Tickets;
using FunctionsApp.Functions.Hosting;
using FunctionsApp.Functions.Tickets;

namespace FunctionsApp.Functions.Parking;

/// <summary>Parking tickets in the list of all tickets.</summary>
public sealed class ParkingTicketPresenter : ITicketPresenter
{
    public char Kind => ParkingTicketSource.CodeKind;

    public string Name => "parking";

    public string Description => "The parking ticket, or null.";

    public Type Contract => typeof(ParkingTicket);

    public object Example =>
        new ParkingTicket(
            Examples.Id,
            Examples.Id,
            "BAB1234",
            Vehicle.Car,
            Examples.Time,
            null,
            null,
            new(Vehicle.Car, 1),
            TicketStatus.Parked
        );

    public object Present(TicketSummary summary) => ParkingTicket.From((Core.Parking.ParkingTicket)summary.Ticket);
}
