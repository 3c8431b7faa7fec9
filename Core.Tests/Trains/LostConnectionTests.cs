using FunctionsApp.Core.Trains;

namespace FunctionsApp.Core.Tests.Trains;

/// <summary>Purchases whose connection has ended. The tests of a class share the connections, so these have their own.</summary>
public sealed class LostConnectionTests(TrainsDatabase trains) : IClassFixture<TrainsDatabase>
{
    [Fact]
    public async Task A_purchase_with_a_key_is_retried_if_the_connection_that_reads_the_run_is_lost()
    {
        var (run, user) = (await trains.NewRunAsync(1), await trains.NewUserAsync());
        await trains.LoseConnectionsAsync();

        var ticket = await trains.BuyAsync(run, 0, 1, user: user, key: "key");

        Assert.Equal(TrainTicketStatus.Confirmed, ticket.Status);
    }
}
