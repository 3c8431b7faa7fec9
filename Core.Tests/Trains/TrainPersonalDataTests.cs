using FunctionsApp.Core.Trains;

namespace FunctionsApp.Core.Tests.Trains;

public sealed class TrainPersonalDataTests(TrainsDatabase trains) : IClassFixture<TrainsDatabase>
{
    const int Last = TrainsDatabase.LastStop;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tickets_of_a_deleted_account_are_cancelled_and_their_seats_go_to_the_waitlist()
    {
        var run = await trains.NewRunAsync(1);
        var user = await trains.NewUserAsync();
        var (held, waiting) = (await trains.BuyAsync(run, 0, Last, 1, user, "key"), await trains.BuyAsync(run, 0, Last, 1, user));
        var next = await trains.BuyAsync(run, 0, Last);

        await EraseAsync(user);

        foreach (var ticket in new[] { held, waiting })
        {
            var now = await trains.ReadAsync(ticket);
            Assert.Equal(TrainTicketStatus.Cancelled, now.Status);
            Assert.Equal([TrainErasureStore.Erased], now.Passengers);
        }

        Assert.Equal(TrainTicketStatus.Confirmed, (await trains.ReadAsync(next)).Status);
        Assert.Equal(["p1"], (await trains.ReadAsync(next)).Passengers);
        await trains.IsWholeAsync(run);
    }

    [Fact]
    public async Task Used_tickets_and_those_of_trains_that_have_left_are_kept_without_names()
    {
        var run = await trains.NewRunAsync(4);
        var user = await trains.NewUserAsync();
        var used = await trains.BuyAsync(run, 0, Last, 2, user, "key");
        Assert.NotNull(await trains.Uses.UseAsync(run.Id, used.Id, Guid.CreateVersion7(), "gate", Cancel));
        var gone = await trains.NewRunAsync(1);
        var past = await trains.BuyAsync(gone, 0, Last, 1, user);
        await trains.ExecuteAsync(
            "update train_stops set departs_at = now() - interval '1 hour' where run_id = @Id and position = 0",
            new { gone.Id }
        );

        await EraseAsync(user);
        await EraseAsync(user);

        var (first, second) = (await trains.ReadAsync(used), await trains.ReadAsync(past));
        Assert.Equal((TrainTicketStatus.Confirmed, TrainTicketStatus.Confirmed), (first.Status, second.Status));
        Assert.Equal([TrainErasureStore.Erased, TrainErasureStore.Erased], first.Passengers);
        Assert.Equal([TrainErasureStore.Erased], second.Passengers);
        Assert.Null(await trains.Keys.FindByKeyAsync(run.Id, user, "key", Cancel));
    }

    // With a cache of its own: runs change only in this test.
    Task EraseAsync(Guid user) => trains.PersonalData().EraseAsync(user, Cancel);
}
