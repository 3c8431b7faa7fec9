namespace FunctionsApp.Functions.Parking;

/// <summary>The stay of a vehicle in a lot.</summary>
/// <param name="Id">The id of the ticket.</param>
/// <param name="LotId">The id of the lot.</param>
/// <param name="Plate">The license plate in upper case, without spaces and hyphens.</param>
/// <param name="Vehicle">The kind of vehicle.</param>
/// <param name="EnteredAt">When the vehicle entered.</param>
/// <param name="ExitedAt">When the vehicle left, or null.</param>
/// <param name="Fee">The fee in the currency of the lot. Null while the vehicle is parked.</param>
/// <param name="Spot">The spot assigned to the vehicle.</param>
/// <param name="Status">Whether the stay is open.</param>
public sealed record ParkingTicket(
    Guid Id,
    Guid LotId,
    string Plate,
    Vehicle Vehicle,
    DateTime EnteredAt,
    DateTime? ExitedAt,
    decimal? Fee,
    Spot Spot,
    TicketStatus Status
)
{
    public static ParkingTicket From(Core.Parking.ParkingTicket ticket) =>
        new(
            ticket.Id,
            ticket.LotId,
            ticket.Plate,
            Vehicles.From(ticket.Vehicle),
            ticket.EnteredAt,
            ticket.ExitedAt,
            ticket.Fee,
            Spot.From(ticket.Spot),
            StatusFrom(ticket.Status)
        );

    public static TicketStatus StatusFrom(Core.Parking.ParkingTicketStatus status) =>
        status switch
        {
            Core.Parking.ParkingTicketStatus.Parked => TicketStatus.Parked,
            Core.Parking.ParkingTicketStatus.Left => TicketStatus.Left,
            _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
        };
}
