using FunctionsApp.Functions.Tests.Servers;
using FunctionsApp.Functions.Trains;

namespace FunctionsApp.Functions.Tests.Trains;

[OwnServer]
public sealed class TrainTicketStatusTests
{
    [Fact]
    public void Every_status_of_the_core_has_its_name_in_the_API() =>
        Assert.Equal(
            Enum.GetNames<Core.Trains.TrainTicketStatus>(),
            Enum.GetValues<Core.Trains.TrainTicketStatus>().Select(status => TrainTicketResponse.StatusFrom(status).ToString())
        );
}
