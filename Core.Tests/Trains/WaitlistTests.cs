using FunctionsApp.Core.Tests.Accounts;
using FunctionsApp.Core.Tests.Database;
using FunctionsApp.Core.Trains;
using Npgsql;

namespace FunctionsApp.Core.Tests.Trains;

/// <summary>The waitlist, and the effect of sold-out runs on other requests.</summary>
public sealed class WaitlistTests(TrainsDatabase trains) : IClassFixture<TrainsDatabase>
{
    const int Last = TrainsDatabase.LastStop;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Confirming_36_waitlisted_tickets_takes_as_many_statements_as_confirming_one()
    {
        var one = await CancelAsync(waiting: 1, confirmed: 1);
        var many = await CancelAsync(waiting: 60, confirmed: 36);

        Assert.InRange(one, 5, 100);
        Assert.Equal(one, many);

        // Frees six seats on the whole run; each waitlisted ticket wants one segment.
        async Task<int> CancelAsync(int waiting, int confirmed)
        {
            var run = await trains.NewRunAsync(6);
            var holder = await trains.BuyAsync(run, 0, Last, 6);
            for (var i = 0; i < waiting; i++)
                await trains.BuyAsync(run, i % Last, i % Last + 1);
            using var statements = new StatementCounter();
            await trains.CancelAsync(holder);
            var count = statements.Count;
            Assert.Equal(
                (confirmed, waiting - confirmed),
                (await trains.CountAsync(run, "confirmed"), await trains.CountAsync(run, "waitlisted"))
            );
            await trains.IsWholeAsync(run);
            return count;
        }
    }

    [Fact]
    public async Task A_sold_out_purchase_is_refused_while_another_request_holds_the_lock_of_the_class()
    {
        var run = await trains.NewRunAsync(1);
        var user = await trains.NewUserAsync();
        for (var i = 0; i <= TrainsDatabase.WaitlistLimit; i++)
            await trains.BuyAsync(run, 0, Last, 1, user);

        await using (await trains.LockClassAsync(run))
        {
            foreach (var passengers in new[] { 1, 1, 2 })
                await Pod.RefusedAsync(Refusal.Conflict, () => trains.BuyAsync(run, 0, Last, passengers, user));
            await Pod.RefusedAsync(Refusal.Conflict, () => trains.BuyAsync(run, 0, Last, 1, user, "key"));
        }

        using var statements = new StatementCounter();
        await Pod.RefusedAsync(Refusal.Conflict, () => trains.BuyAsync(run, 0, Last, 1, user));
        Assert.InRange(statements.Count, 1, 2);
    }

    [Fact]
    public async Task Cancellations_waiting_for_a_lock_hold_few_connections_and_succeed_after_it()
    {
        const int crowd = 60;
        var run = await trains.NewRunAsync(crowd);
        var user = await trains.NewUserAsync();
        List<TrainTicket> tickets = [];
        for (var i = 0; i < crowd; i++)
            tickets.Add(await trains.BuyAsync(run, 0, Last, 1, user));

        List<Task<TrainTicket>> cancelling;
        await using (await trains.LockClassAsync(run))
        {
            cancelling = [.. tickets.Select(CancelAsync)];
            await trains.LockedAsync(4);
            var other = await trains.NewRunAsync(crowd);
            await Task.WhenAll(Enumerable.Range(0, crowd).Select(_ => trains.BuyAsync(other, 0, Last, 1, user)));
            Assert.InRange(await trains.CountLockedAsync(), 0, 4);
        }

        Assert.All(await Task.WhenAll(cancelling), ticket => Assert.Equal(TrainTicketStatus.Cancelled, ticket.Status));
        await trains.IsWholeAsync(run);

        // A request that waited too long, here or in the database, gets a refusal that can be retried.
        async Task<TrainTicket> CancelAsync(TrainTicket ticket)
        {
            while (true)
            {
                try
                {
                    return await trains.CancelAsync(ticket);
                }
                catch (RefusedException refused) when (refused.Refusal == Refusal.Busy)
                {
                    Assert.NotNull(refused.RetryAfter);
                }
                catch (PostgresException locked) when (locked.SqlState == PostgresErrorCodes.LockNotAvailable)
                {
                    // The class was locked for longer than lock_timeout; the transaction was rolled back.
                }
            }
        }
    }

    [Fact]
    public async Task A_freed_seat_never_goes_to_a_deleted_user()
    {
        var run = await trains.NewRunAsync(1);
        var holder = await trains.BuyAsync(run, 0, Last);
        var (gone, next) = (await trains.BuyAsync(run, 0, Last), await trains.BuyAsync(run, 0, Last));
        // The account is deleted, and its tickets are not cancelled yet.
        await trains.ExecuteAsync("delete from users where id = @UserId", new { gone.UserId });

        await trains.CancelAsync(holder);

        Assert.Equal(
            (TrainTicketStatus.Waitlisted, TrainTicketStatus.Confirmed),
            ((await trains.ReadAsync(gone)).Status, (await trains.ReadAsync(next)).Status)
        );
        await trains.IsWholeAsync(run);
    }

    [Theory]
    [InlineData(0, Last, 1)]
    // The train has departed, and the seat of a passenger who did not board becomes free.
    [InlineData(3, Last, 4)]
    public async Task A_waitlisted_ticket_whose_train_has_left_is_not_confirmed_and_keeps_its_refund(int from, int to, int hours)
    {
        var run = await trains.NewRunOfTodayAsync(1);
        var holder = await trains.BuyAsync(run, 0, Last);
        var (missed, next) = (await trains.BuyAsync(run, from, to), await trains.BuyAsync(run, from + 1, to));
        trains.Time.Advance(TimeSpan.FromHours(hours) + TimeSpan.FromMinutes(1));

        await trains.CancelAsync(holder);

        Assert.Equal(
            (TrainTicketStatus.Waitlisted, TrainTicketStatus.Confirmed),
            ((await trains.ReadAsync(missed)).Status, (await trains.ReadAsync(next)).Status)
        );
        var cancelled = await trains.CancelAsync(missed);
        Assert.Equal((100, missed.Fare), (cancelled.RefundPercent, cancelled.Refund));
        await trains.IsWholeAsync(run);
    }

    [Fact]
    public async Task A_refusal_is_returned_for_its_key_for_one_minute()
    {
        var run = await trains.NewRunAsync(1);
        var user = await trains.NewUserAsync();
        List<TrainTicket> tickets = [];
        for (var i = 0; i <= TrainsDatabase.WaitlistLimit; i++)
            tickets.Add(await trains.BuyAsync(run, 0, Last, 1, user));
        var refused = await trains.NewUserAsync();
        var first = await Pod.RefusedAsync(Refusal.Conflict, () => trains.BuyAsync(run, 0, Last, 1, refused, "key"));

        await trains.CancelAsync(tickets[^1]);

        Assert.Equal(
            first.Message,
            (await Pod.RefusedAsync(Refusal.Conflict, () => trains.BuyAsync(run, 0, Last, 1, refused, "key"))).Message
        );
        await Pod.RefusedAsync(Refusal.KeyReused, () => trains.BuyAsync(run, 0, 1, 1, refused, "key"));
        Assert.Empty(await trains.Source.ReadTicketsAsync(refused, null, 10, Cancel));
        Assert.Equal(TrainsDatabase.WaitlistLimit - 1, await trains.CountAsync(run, "waitlisted"));

        await trains.ExecuteAsync(
            "update train_tickets set issued_at = issued_at - interval '61 seconds' where user_id = @refused",
            new { refused }
        );
        var ticket = await trains.BuyAsync(run, 0, Last, 1, refused, "key");
        Assert.Equal((TrainTicketStatus.Waitlisted, TrainsDatabase.WaitlistLimit), (ticket.Status, ticket.Position));
        Assert.Equal(ticket.Id, (await trains.BuyAsync(run, 0, Last, 1, refused, "key")).Id);
    }

    [Fact]
    public async Task Refusals_that_no_longer_count_are_removed()
    {
        var run = await trains.NewRunAsync(1);
        await trains.Runs.CancelRunAsync(run.Id, Cancel);
        await Pod.RefusedAsync(Refusal.Conflict, () => trains.BuyAsync(run, 0, Last, 1, null, "old"));
        await trains.ExecuteAsync(
            "update train_tickets set issued_at = issued_at - interval '61 seconds' where run_id = @Id",
            new { run.Id }
        );
        await Pod.RefusedAsync(Refusal.Conflict, () => trains.BuyAsync(run, 0, Last, 1, null, "young"));

        await new TrainRefusalCleanup(trains.Keys).RunOnceAsync(Cancel);

        Assert.Equal(1, await trains.CountAsync(run, "refused"));
    }

    [Fact]
    public async Task A_copy_of_a_refused_request_gets_no_ticket_when_a_seat_becomes_free_meanwhile()
    {
        for (var round = 0; round < 10; round++)
        {
            var run = await trains.NewRunAsync(1);
            var user = await trains.NewUserAsync();
            List<TrainTicket> tickets = [];

            for (var i = 0; i <= TrainsDatabase.WaitlistLimit; i++)
                tickets.Add(await trains.BuyAsync(run, 0, Last, i == 0 ? 1 : 2, user));

            var cancelling = Task.Run(() => trains.CancelAsync(tickets[0]), Cancel);
            var responses = await Task.WhenAll(
                Enumerable
                    .Range(0, 8)
                    .Select(_ =>
                        Task.Run(
                            async () =>
                            {
                                try
                                {
                                    return (await trains.BuyAsync(run, 0, Last, 1, user, "key")).Id;
                                }
                                catch (RefusedException refused) when (refused.Refusal == Refusal.Conflict)
                                {
                                    return Guid.Empty;
                                }
                            },
                            Cancel
                        )
                    )
            );
            await cancelling;

            Assert.Single(responses.Distinct());
            await trains.IsWholeAsync(run);
        }
    }

    [Fact]
    public async Task A_run_added_concurrently_with_one_key_is_one_run()
    {
        var admin = Guid.CreateVersion7();
        var departure = new DateTime(2100, 1, 1, 6, 0, 0, DateTimeKind.Utc).AddTicks(7);

        var runs = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => AddAsync("One", "key"), Cancel)));

        Assert.Single(runs.Select(run => run.Id).Distinct());
        Assert.True(runs.All(run => run.IsSameAs(runs[0])));
        await Pod.RefusedAsync(Refusal.KeyReused, () => AddAsync("Two", "key"));
        Assert.NotEqual(runs[0].Id, (await AddAsync("One", "another")).Id);

        Task<TrainRun> AddAsync(string name, string key) =>
            trains.Runs.AddRunAsync(
                "1",
                name,
                new(2100, 1, 1),
                [new("a", null, departure, 0), new("b", departure.AddHours(1), null, 10.50m)],
                [new("C", "X", 2, 1.10m), new("B", "Y", 1, 2)],
                admin,
                key,
                Cancel
            );
    }
}
