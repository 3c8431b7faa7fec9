using FunctionsApp.Core.Tests.Accounts;
using FunctionsApp.Core.Tickets;
using FunctionsApp.Core.Trains;

namespace FunctionsApp.Core.Tests.Trains;

/// <summary>The seats of a run under concurrent purchases and cancellations.</summary>
public sealed class TrainTicketTests(TrainsDatabase trains) : IClassFixture<TrainsDatabase>
{
    const int Last = TrainsDatabase.LastStop;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_32_concurrent_buyers_of_the_last_10_seats_10_get_one_and_22_are_waitlisted()
    {
        var run = await trains.NewRunAsync(10);

        var tickets = await AtOnceAsync(32, _ => trains.BuyAsync(run, 0, Last));

        var confirmed = tickets.Where(ticket => ticket.Status == TrainTicketStatus.Confirmed).ToList();
        Assert.Equal(Enumerable.Range(1, 10), confirmed.SelectMany(ticket => ticket.Seats).Order());
        Assert.Equal(Enumerable.Range(1, 22), tickets.Except(confirmed).Select(ticket => ticket.Position!.Value).Order());
        await trains.IsWholeAsync(run);
    }

    [Fact]
    public async Task A_seat_is_sold_again_on_segments_that_do_not_overlap()
    {
        var run = await trains.NewRunAsync(1);

        var tickets = await AtOnceAsync(Last, i => trains.BuyAsync(run, i, i + 1));

        Assert.All(tickets, ticket => Assert.Equal((TrainTicketStatus.Confirmed, 1), (ticket.Status, Assert.Single(ticket.Seats))));
        Assert.Empty(await trains.FreeAsync(run));
        Assert.Equal(TrainTicketStatus.Waitlisted, (await trains.BuyAsync(run, 2, 3)).Status);
        await trains.IsWholeAsync(run);
    }

    [Fact]
    public async Task A_group_gets_seats_for_all_or_for_none_while_others_buy()
    {
        var run = await trains.NewRunAsync(7, 7);

        var tickets = await AtOnceAsync(12, i => trains.BuyAsync(run, 0, Last, i % 3 == 0 ? 1 : 4));

        Assert.All(
            tickets,
            ticket => Assert.Equal(ticket.Status == TrainTicketStatus.Confirmed ? ticket.Passengers.Count : 0, ticket.Seats.Count)
        );
        Assert.True((await trains.FreeAsync(run)).Count < 4);
        await trains.IsWholeAsync(run);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 4)]
    [InlineData(false, 1)]
    public async Task Concurrent_requests_with_one_key_get_one_ticket_and_one_response(bool free, int passengers)
    {
        var run = await trains.NewRunAsync(5);
        if (!free)
            await trains.BuyAsync(run, 0, Last, 5);
        var user = await trains.NewUserAsync();

        var tickets = await AtOnceAsync(16, _ => trains.BuyAsync(run, 1, 3, passengers, user, "key"));

        Assert.Single(
            tickets.Select(ticket => (ticket.Id, ticket.Status, string.Join(' ', ticket.Seats), ticket.Position, ticket.Fare)).Distinct()
        );
        Assert.Equal(1, await trains.CountAsync(run, free ? "confirmed" : "waitlisted"));
        await trains.IsWholeAsync(run);
    }

    [Fact]
    public async Task A_repeated_key_returns_the_first_response_after_the_ticket_has_changed()
    {
        var run = await trains.NewRunAsync(1);
        var user = await trains.NewUserAsync();
        var first = await trains.BuyAsync(run, 0, Last, 1, user, "first");
        var second = await trains.BuyAsync(run, 0, Last, 1, user, "second");
        await trains.CancelAsync(first);
        Assert.Equal(TrainTicketStatus.Confirmed, (await trains.ReadAsync(second)).Status);
        Assert.NotNull(await trains.Uses.UseAsync(run.Id, second.Id, user, "gate", Cancel));

        Assert.Equivalent(first, await trains.BuyAsync(run, 0, Last, 1, user, "first"));
        Assert.Equivalent(second, await trains.BuyAsync(run, 0, Last, 1, user, "second"));
        await Pod.RefusedAsync(Refusal.KeyReused, () => trains.BuyAsync(run, 0, 1, 1, user, "first"));
        Assert.Equal(TrainTicketStatus.Waitlisted, (await trains.BuyAsync(run, 0, 1, 1, Guid.CreateVersion7(), "first")).Status);
    }

    [Fact]
    public async Task A_freed_seat_goes_to_the_first_waitlisted_ticket_that_fits()
    {
        var run = await trains.NewRunAsync(1);
        var holder = await trains.BuyAsync(run, 0, 3);
        await trains.BuyAsync(run, 3, Last);
        var (tooFar, fits, late) = (
            await trains.BuyAsync(run, 0, Last),
            await trains.BuyAsync(run, 1, 3),
            await trains.BuyAsync(run, 0, 3)
        );

        Assert.Equal(TrainTicketStatus.Cancelled, (await trains.CancelAsync(holder)).Status);

        Assert.Equal(
            (TrainTicketStatus.Waitlisted, 1),
            ((await trains.ReadAsync(tooFar)).Status, (await trains.ReadAsync(tooFar)).Position)
        );
        Assert.Equal([1], (await trains.ReadAsync(fits)).Seats);
        Assert.Equal((TrainTicketStatus.Waitlisted, 2), ((await trains.ReadAsync(late)).Status, (await trains.ReadAsync(late)).Position));
        Assert.Equal([new(0, 1)], (await trains.FreeAsync(run)).Select(one => one.Free));
        await trains.IsWholeAsync(run);
    }

    [Fact]
    public async Task Adjacent_segments_cancelled_concurrently_become_one_free_segment()
    {
        for (var i = 0; i < 5; i++)
        {
            var run = await trains.NewRunAsync(1);
            var tickets = await AtOnceAsync(Last, stop => trains.BuyAsync(run, stop, stop + 1));

            await AtOnceAsync(Last, stop => trains.CancelAsync(tickets[stop]));

            Assert.Equal(new(0, Last), Assert.Single(await trains.FreeAsync(run)).Free);
        }
    }

    [Fact]
    public async Task A_ticket_cancelled_concurrently_frees_its_seat_once()
    {
        var run = await trains.NewRunAsync(2);
        var ticket = await trains.BuyAsync(run, 1, 3, 2);

        var responses = await AtOnceAsync(16, _ => trains.CancelAsync(ticket));

        Assert.Single(responses.Select(one => (one.Status, one.CancelledAt, one.Refund, one.RefundPercent)).Distinct());
        Assert.Equal([new(0, Last), new(0, Last)], (await trains.FreeAsync(run)).Select(one => one.Free));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 8)]
    [InlineData(4, 8)]
    [InlineData(5, 8)]
    public async Task Every_segment_of_every_seat_has_one_holder_or_is_free_after_any_purchases_and_cancellations(int seed, int atOnce)
    {
        var run = await trains.NewRunAsync(3, 2);

        await AtOnceAsync(
            atOnce,
            async worker =>
            {
                var random = new Random(seed * 100 + worker);
                List<TrainTicket> mine = [];
                for (var i = 0; i < 40 / atOnce + 5; i++)
                {
                    if (random.Next(5) < 2 && mine.Count > 0)
                    {
                        var one = mine[random.Next(mine.Count)];
                        mine.Remove(one);
                        await trains.CancelAsync(one);
                        continue;
                    }

                    var from = random.Next(Last);
                    mine.Add(await trains.BuyAsync(run, from, random.Next(from + 1, Last + 1), random.Next(1, 4)));
                }

                return true;
            }
        );

        await trains.IsWholeAsync(run);
    }

    [Fact]
    public async Task A_run_cancelled_during_purchases_has_no_valid_ticket_left()
    {
        var run = await trains.NewRunAsync(20);
        var before = await trains.BuyAsync(run, 0, 2);

        await AtOnceAsync(
            25,
            async i =>
            {
                if (i == 10)
                    return await trains.Runs.CancelRunAsync(run.Id, Cancel) is { CancelledAt: not null };
                try
                {
                    var ticket = await trains.BuyAsync(run, i % 3, 4, 1 + i % 2);
                    if (i % 4 == 0)
                        await trains.CancelAsync(ticket);
                }
                catch (RefusedException e) when (e.Refusal == Refusal.Conflict)
                {
                    // The run was cancelled first.
                }

                return true;
            }
        );

        Assert.Equal((0, 0), (await trains.CountAsync(run, "confirmed"), await trains.CountAsync(run, "waitlisted")));
        Assert.Empty(await trains.FreeAsync(run));
        var after = await trains.ReadAsync(before);
        Assert.Equal((TrainTicketStatus.Cancelled, 100, before.Fare), (after.Status, after.RefundPercent, after.Refund));
        await Pod.RefusedAsync(Refusal.Conflict, () => trains.BuyAsync(run, 0, 1));
        await trains.Runs.CancelRunAsync(run.Id, Cancel);
        Assert.Equivalent(after, await trains.ReadAsync(before));
    }

    [Fact]
    public async Task A_ticket_verified_concurrently_is_used_once()
    {
        var run = await trains.NewRunAsync(1);
        var ticket = await trains.BuyAsync(run, 0, 1);

        Assert.Single(
            await AtOnceAsync(16, i => trains.Uses.UseAsync(run.Id, ticket.Id, Guid.CreateVersion7(), $"gate {i}", Cancel)),
            used => used is not null
        );

        await Pod.RefusedAsync(Refusal.Conflict, () => trains.CancelAsync(ticket));
        var code = new TicketCode(TrainTicketSource.CodeKind, run.Id, ticket.Id);
        Assert.Contains(
            "The ticket was used at",
            (await Pod.RefusedAsync(Refusal.Conflict, () => trains.Source.UseAsync(code, Guid.CreateVersion7(), null, Cancel))).Message,
            StringComparison.Ordinal
        );
        await Pod.RefusedAsync(
            Refusal.NotFound,
            () => trains.Source.UseAsync(code with { Ticket = Guid.CreateVersion7() }, Guid.CreateVersion7(), null, Cancel)
        );
    }

    [Fact]
    public async Task A_repeated_verification_returns_the_first_response_to_the_same_inspector_at_the_same_place_for_a_minute()
    {
        var run = await trains.NewRunAsync(1);
        var ticket = await trains.BuyAsync(run, 0, 1);
        var code = new TicketCode(TrainTicketSource.CodeKind, run.Id, ticket.Id);
        var inspector = Guid.CreateVersion7();

        foreach (var place in new[] { "Platform 4", null })
        {
            await trains.ExecuteAsync("update train_tickets set used_at = null where id = @Id", new { ticket.Id });
            var first = await trains.Source.UseAsync(code, inspector, place, Cancel);
            Assert.Equivalent(first, await trains.Source.UseAsync(code, inspector, place, Cancel));
            await Pod.RefusedAsync(Refusal.Conflict, () => trains.Source.UseAsync(code, Guid.CreateVersion7(), place, Cancel));
            await Pod.RefusedAsync(Refusal.Conflict, () => trains.Source.UseAsync(code, inspector, "Platform 5", Cancel));

            await trains.ExecuteAsync(
                "update train_tickets set used_at = used_at - interval '61 seconds' where id = @Id",
                new { ticket.Id }
            );
            await Pod.RefusedAsync(Refusal.Conflict, () => trains.Source.UseAsync(code, inspector, place, Cancel));
        }
    }

    [Fact]
    public async Task A_purchase_is_refused_when_the_waitlist_is_full()
    {
        var run = await trains.NewRunAsync(1);
        await trains.BuyAsync(run, 0, Last);

        var tickets = await AtOnceAsync(
            TrainsDatabase.WaitlistLimit + 5,
            async _ =>
            {
                try
                {
                    return (await trains.BuyAsync(run, 0, Last)).Position;
                }
                catch (RefusedException e) when (e.Refusal == Refusal.Conflict)
                {
                    return null;
                }
            }
        );

        Assert.Equal(Enumerable.Range(1, TrainsDatabase.WaitlistLimit), tickets.OfType<int>().Order());
    }

    static Task<T[]> AtOnceAsync<T>(int count, Func<int, Task<T>> act) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(i => Task.Run(() => act(i), Cancel)));
}
