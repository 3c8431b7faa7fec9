using FunctionsApp.Functions.Parking;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Parking;

[OwnServer]
public sealed class ParkingNamesTests
{
    [Fact]
    public void Every_status_of_the_core_has_its_name_in_the_API() =>
        Assert.Equal(
            Enum.GetNames<Core.Parking.ParkingTicketStatus>(),
            Enum.GetValues<Core.Parking.ParkingTicketStatus>().Select(status => ParkingTicket.StatusFrom(status).ToString())
        );

    [Fact]
    public void Every_vehicle_of_the_core_has_its_name_in_the_API_and_back()
    {
        var vehicles = Enum.GetValues<Core.Parking.Vehicle>();

        Assert.Equal(vehicles.Select(vehicle => vehicle.ToString()), vehicles.Select(vehicle => Vehicles.From(vehicle).ToString()));
        Assert.Equal(vehicles, vehicles.Select(vehicle => Vehicles.From(vehicle).ToCore()));
        Assert.Equal(vehicles.Length, Enum.GetValues<Vehicle>().Length);
    }
}
