using Dapper;
using FunctionsApp.Core.Parking;
using FunctionsApp.Core.Tests.Accounts;
using FunctionsApp.Core.Tests.Keys;
using FunctionsApp.Core.Tickets;

namespace FunctionsApp.Core.Tests.Parking;

public sealed class ParkingTicketTests(AccountsDatabase database) : IClassFixture<AccountsDatabase>
{
    const int Crowd = 32;

    static readonly Rate Rate = new(15, 2.50m, 2.00m, 18.00m);

    readonly ManualTime time = new();
    readonly Guid user = Guid.CreateVersion7();

    static readonly TicketCodes Codes = new(TestKeys.Configured);

    ParkingLotService Lots => new(new(database.Database), new(database.Database));

    ParkingTicketStore Store => new(database.Database);

    ParkingRefusalStore Refusals => new(database.Database);

    ParkingTicketService Tickets => NewTickets(time);

    ParkingTicketSource Source => new(Store);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_vehicle_gets_the_lowest_number_of_the_smallest_kind_that_it_fits()
    {
        var lot = await NewLotAsync(new(1, 2, 1));

        Assert.Equal(new(Vehicle.Car, 1), (await EnterAsync(lot, "C1", Vehicle.Car)).Spot);
        var second = await EnterAsync(lot, "C2", Vehicle.Car);
        Assert.Equal(new(Vehicle.Car, 2), second.Spot);
        Assert.Equal(new(Vehicle.Motorcycle, 1), (await EnterAsync(lot, "M1", Vehicle.Motorcycle)).Spot);
        Assert.Equal(new(Vehicle.Truck, 1), (await EnterAsync(lot, "M2", Vehicle.Motorcycle)).Spot);
        await Pod.RefusedAsync(Refusal.Conflict, () => EnterAsync(lot, "C3", Vehicle.Car));
        await Tickets.ExitAsync(lot, second.Id, user, Cancel);
        await Pod.RefusedAsync(Refusal.Conflict, () => EnterAsync(lot, "T1", Vehicle.Truck));
        Assert.Equal(new(Vehicle.Car, 2), (await EnterAsync(lot, "M3", Vehicle.Motorcycle)).Spot);
        await AssertConsistentAsync(lot);
    }

    [Fact]
    public async Task Concurrent_vehicles_take_each_spot_once_and_all_spots()
    {
        const int spots = 20;
        var lot = await NewLotAsync(new(0, spots - 5, 5));

        var tickets = await CrowdAsync(i => EnterAsync(lot, $"C{i}", Vehicle.Car));

        Assert.Equal(spots, tickets.Select(ticket => ticket.Spot).Distinct().Count());
        Assert.Equal(spots, tickets.Count);
        var occupancy = (await Lots.ReadLotAsync(lot, Cancel)).Occupancy;
        Assert.Equal(new(new(0, 0), new(spots - 5, spots - 5), new(5, 5)), occupancy);
        Assert.Equal((0, 5), (occupancy.Car.Free, occupancy.Truck.Taken));
        await AssertConsistentAsync(lot);
    }

    [Fact]
    public async Task Concurrent_stays_leave_no_spot_taken()
    {
        var lot = await NewLotAsync(new(0, 4, 0));

        var stays = await CrowdAsync(async i =>
        {
            var ticket = await EnterAsync(lot, $"C{i}", Vehicle.Car);
            return await Tickets.ExitAsync(lot, ticket.Id, user, Cancel);
        });

        Assert.True(stays.Count >= 4);
        Assert.Equal(new(4, 0), (await Lots.ReadLotAsync(lot, Cancel)).Occupancy.Car);
        await AssertConsistentAsync(lot);
    }

    [Fact]
    public async Task A_plate_that_enters_concurrently_is_parked_once()
    {
        var lot = await NewLotAsync(new(0, 50, 0));

        Assert.Single(await CrowdAsync(i => EnterAsync(lot, i % 2 == 0 ? "b-ab 1" : "BAB1", Vehicle.Car)));

        Assert.Equal(1, (await Lots.ReadLotAsync(lot, Cancel)).Occupancy.Car.Taken);
        await AssertConsistentAsync(lot);
    }

    [Fact]
    public async Task A_plate_can_be_in_two_lots_and_can_return()
    {
        var (lot, other) = (await NewLotAsync(new(0, 2, 0)), await NewLotAsync(new(0, 2, 0)));
        var ticket = await EnterAsync(lot, "A1", Vehicle.Car);
        await EnterAsync(other, "A1", Vehicle.Car);

        Assert.Equal(["plate"], (await Pod.RefusedAsync(Refusal.Conflict, () => EnterAsync(lot, "a 1", Vehicle.Car))).Errors.Keys);
        await Tickets.ExitAsync(lot, ticket.Id, user, Cancel);

        Assert.NotEqual(ticket.Id, (await EnterAsync(lot, "A1", Vehicle.Car)).Id);
    }

    [Fact]
    public async Task Concurrent_requests_with_one_key_get_one_ticket()
    {
        var lot = await NewLotAsync(new(0, 1, 0));

        var tickets = await CrowdAsync(_ => EnterAsync(lot, "A1", Vehicle.Car, "key"));

        Assert.Equal(Crowd, tickets.Count);
        Assert.Single(tickets.Distinct());
        await AssertConsistentAsync(lot);
    }

    [Fact]
    public async Task A_repeated_key_returns_the_first_response()
    {
        var lot = await NewLotAsync(new(0, 2, 0));
        var first = await EnterAsync(lot, "A1", Vehicle.Car, "key");
        Assert.Equal(first, await EnterAsync(lot, "A1", Vehicle.Car, "key"));
        await Tickets.ExitAsync(lot, first.Id, user, Cancel);

        Assert.Equal(first, await EnterAsync(lot, "a-1", Vehicle.Car, "key"));
        Assert.Equal(ParkingTicketStatus.Parked, first.Status);
        await Pod.RefusedAsync(Refusal.KeyReused, () => EnterAsync(lot, "A2", Vehicle.Car, "key"));
        await Pod.RefusedAsync(Refusal.KeyReused, () => EnterAsync(lot, "A1", Vehicle.Motorcycle, "key"));
        // Keys of another user and of another lot are different keys.
        await Tickets.EnterAsync(lot, Guid.CreateVersion7(), "A2", Vehicle.Car, "key", Cancel);
        await EnterAsync(await NewLotAsync(new(0, 1, 0)), "A3", Vehicle.Car, "key");
        await AssertConsistentAsync(lot);
    }

    [Fact]
    public async Task Concurrent_exits_return_one_fee()
    {
        var lot = await NewLotAsync(new(0, 2, 0));
        var ticket = await EnterAsync(lot, "A1", Vehicle.Car);

        var closed = await CrowdAsync(async i =>
        {
            var later = new ManualTime();
            later.Advance(TimeSpan.FromHours(i + 1));
            return await NewTickets(later).ExitAsync(lot, ticket.Id, user, Cancel);
        });

        Assert.Equal(Crowd, closed.Count);
        var exit = Assert.Single(closed.Distinct());
        Assert.Equal(
            (ParkingTicketStatus.Left, ParkingFee.Of(Rate, TimeZoneInfo.Utc, exit.EnteredAt, exit.ExitedAt!.Value)),
            (exit.Status, exit.Fee)
        );
        Assert.Equal(exit, await Tickets.ReadTicketAsync(lot, ticket.Id, user, Cancel));
        Assert.Equal(0, (await Lots.ReadLotAsync(lot, Cancel)).Occupancy.Car.Taken);
        await AssertConsistentAsync(lot);
    }

    [Fact]
    public async Task The_fee_is_that_of_the_vehicle_in_the_lots_time_zone()
    {
        var lot = (
            await Lots.CreateLotAsync(
                new("Lot", new(0, 1, 0), new(new(0, 1, 1, 5), new(0, 100, 100, 100), new(0, 0, 0, 0)), "Asia/Kathmandu"),
                user,
                null,
                Cancel
            )
        ).Id;
        var ticket = await EnterAsync(lot, "A1", Vehicle.Motorcycle);

        // From noon in UTC it is 6 hours and 15 minutes to midnight there.
        time.Advance(TimeSpan.FromHours(8));

        Assert.Equal(5 + 1, (await Tickets.ExitAsync(lot, ticket.Id, user, Cancel)).Fee);
    }

    [Fact]
    public async Task An_exit_is_never_before_the_entry_when_clocks_differ()
    {
        var lot = await NewLotAsync(new(0, 1, 0));
        var ticket = await EnterAsync(lot, "A1", Vehicle.Car);

        time.Advance(TimeSpan.FromMinutes(-5));

        var exit = await Tickets.ExitAsync(lot, ticket.Id, user, Cancel);
        Assert.Equal((ticket.EnteredAt, 0m), (exit.ExitedAt, exit.Fee));
    }

    [Fact]
    public async Task A_ticket_is_visible_to_its_owner_only()
    {
        var lot = await NewLotAsync(new(0, 1, 0));
        var ticket = await EnterAsync(lot, "A1", Vehicle.Car);

        await Pod.RefusedAsync(Refusal.NotFound, () => Tickets.ReadTicketAsync(lot, ticket.Id, Guid.CreateVersion7(), Cancel));
        await Pod.RefusedAsync(Refusal.NotFound, () => Tickets.ExitAsync(lot, ticket.Id, Guid.CreateVersion7(), Cancel));
        await Pod.RefusedAsync(Refusal.NotFound, () => Tickets.ExitAsync(Guid.CreateVersion7(), ticket.Id, null, Cancel));

        Assert.Equal(ticket, await Tickets.ReadTicketAsync(lot, ticket.Id, null, Cancel));
        Assert.Equal(ParkingTicketStatus.Left, (await Tickets.ExitAsync(lot, ticket.Id, null, Cancel)).Status);
    }

    [Fact]
    public async Task An_unknown_lot_is_not_found()
    {
        await Pod.RefusedAsync(Refusal.NotFound, () => EnterAsync(Guid.CreateVersion7(), "A1", Vehicle.Car));
        await Pod.RefusedAsync(Refusal.NotFound, () => EnterAsync(Guid.CreateVersion7(), "A1", Vehicle.Car, "key"));
        await Pod.RefusedAsync(Refusal.NotFound, () => Lots.ReadLotAsync(Guid.CreateVersion7(), Cancel));
    }

    [Fact]
    public async Task A_repeated_verification_returns_the_first_response_to_the_same_inspector_at_the_same_place_for_a_minute()
    {
        var lot = await NewLotAsync(new(0, 1, 0));
        var ticket = await EnterAsync(lot, "A1", Vehicle.Car);
        var code = new TicketCode(ParkingTicketSource.CodeKind, lot, ticket.Id);
        var inspector = Guid.CreateVersion7();

        var first = await Source.UseAsync(code, inspector, "Gate 1", Cancel);
        Assert.Equivalent(first, await Source.UseAsync(code, inspector, "Gate 1", Cancel));
        await Pod.RefusedAsync(Refusal.Conflict, () => Source.UseAsync(code, Guid.CreateVersion7(), "Gate 1", Cancel));
        await Pod.RefusedAsync(Refusal.Conflict, () => Source.UseAsync(code, inspector, null, Cancel));

        await database.SqlAsync($"update parking_tickets set used_at = used_at - interval '61 seconds' where id = '{ticket.Id}'");
        await Pod.RefusedAsync(Refusal.Conflict, () => Source.UseAsync(code, inspector, "Gate 1", Cancel));
    }

    [Fact]
    public async Task Another_users_stay_with_the_same_plate_is_no_conflict_and_is_not_revealed()
    {
        var lot = await NewLotAsync(new(0, 3, 0));
        var mine = await EnterAsync(lot, "A1", Vehicle.Car);

        var theirs = await Tickets.EnterAsync(lot, Guid.CreateVersion7(), "a-1", Vehicle.Car, null, Cancel);

        Assert.NotEqual(mine.Spot, theirs.Spot);
        await Pod.RefusedAsync(Refusal.Conflict, () => EnterAsync(lot, "A1", Vehicle.Car));
        await AssertConsistentAsync(lot);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_refusal_is_returned_for_its_key_for_one_minute(bool inside)
    {
        var lot = await NewLotAsync(new(0, inside ? 2 : 1, 0));
        var ticket = await EnterAsync(lot, inside ? "A1" : "B1", Vehicle.Car);
        var first = await Pod.RefusedAsync(Refusal.Conflict, () => EnterAsync(lot, "A1", Vehicle.Car, "key"));

        await Tickets.ExitAsync(lot, ticket.Id, user, Cancel);

        var second = await Pod.RefusedAsync(Refusal.Conflict, () => EnterAsync(lot, "A1", Vehicle.Car, "key"));
        Assert.Equal((first.Message, first.Errors.Count), (second.Message, second.Errors.Count));
        await Pod.RefusedAsync(Refusal.KeyReused, () => EnterAsync(lot, "A2", Vehicle.Car, "key"));
        Assert.Equal([ticket.Id], (await Store.ReadTicketsAsync(user, null, 10, Cancel)).Select(one => one.Id));
        await AssertConsistentAsync(lot);

        await database.SqlAsync(
            $"update parking_tickets set entered_at = entered_at - interval '61 seconds' where lot_id = '{lot}' and refusal is not null"
        );
        Assert.Equal(ParkingTicketStatus.Parked, (await EnterAsync(lot, "A1", Vehicle.Car, "key")).Status);
        await AssertConsistentAsync(lot);
    }

    [Fact]
    public async Task Refusals_that_no_longer_count_are_removed()
    {
        var lot = await NewLotAsync(new(0, 1, 0));
        await EnterAsync(lot, "A1", Vehicle.Car);
        await Pod.RefusedAsync(Refusal.Conflict, () => EnterAsync(lot, "A2", Vehicle.Car, "old"));
        await database.SqlAsync(
            $"update parking_tickets set entered_at = entered_at - interval '61 seconds' where lot_id = '{lot}' and refusal is not null"
        );
        await Pod.RefusedAsync(Refusal.Conflict, () => EnterAsync(lot, "A2", Vehicle.Car, "young"));

        await new ParkingRefusalCleanup(Refusals).RunOnceAsync(Cancel);

        Assert.Equal(
            "young",
            await database.SqlAsync(
                $"select string_agg(idempotency_key, ' ') from parking_tickets where lot_id = '{lot}' and refusal is not null"
            )
        );
        Assert.Equal(1L, await database.SqlAsync($"select count(*) from parking_tickets where lot_id = '{lot}' and refusal is null"));
    }

    [Fact]
    public async Task Plates_of_a_deleted_account_are_erased_and_an_open_stay_keeps_its_spot_until_its_exit()
    {
        var lot = await NewLotAsync(new(0, 3, 0));
        var (closed, open) = (await EnterAsync(lot, "A1", Vehicle.Car, "key"), await EnterAsync(lot, "A2", Vehicle.Car));
        await Tickets.ExitAsync(lot, closed.Id, user, Cancel);
        var other = await Tickets.EnterAsync(lot, Guid.CreateVersion7(), "A3", Vehicle.Car, null, Cancel);

        await new ParkingPersonalData(new(database.Database)).EraseAsync(user, Cancel);
        await new ParkingPersonalData(new(database.Database)).EraseAsync(user, Cancel);

        Assert.Equal(ParkingErasureStore.Erased, (await Tickets.ReadTicketAsync(lot, closed.Id, null, Cancel)).Plate);
        Assert.Equal(open, await Tickets.ReadTicketAsync(lot, open.Id, null, Cancel));
        Assert.Equal("A3", (await Tickets.ReadTicketAsync(lot, other.Id, null, Cancel)).Plate);
        var exit = await Tickets.ExitAsync(lot, open.Id, null, Cancel);
        Assert.Equal((ParkingTicketStatus.Left, ParkingErasureStore.Erased), (exit.Status, exit.Plate));
        Assert.Equal(ParkingErasureStore.Erased, (await Tickets.ReadTicketAsync(lot, open.Id, null, Cancel)).Plate);
        Assert.Equal(
            0L,
            await database.SqlAsync(
                $"select count(*) from parking_tickets where user_id = '{user}' and (plate like 'A%' or idempotency_key is not null)"
            )
        );
        await AssertConsistentAsync(lot);
    }

    [Fact]
    public async Task A_lot_created_concurrently_with_one_key_is_one_lot_with_the_first_response()
    {
        NewParkingLot wanted = new(" Lot ", new(0, 2, 0), new(Rate, Rate, Rate));

        var lots = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Task.Run(() => Lots.CreateLotAsync(wanted, user, "lot", Cancel), Cancel))
        );
        await EnterAsync(lots[0].Id, "A1", Vehicle.Car);

        Assert.Single(lots.Append(await Lots.CreateLotAsync(wanted, user, "lot", Cancel)).Distinct());
        await Pod.RefusedAsync(Refusal.KeyReused, () => Lots.CreateLotAsync(wanted with { Spots = new(0, 3, 0) }, user, "lot", Cancel));
        Assert.NotEqual(lots[0].Id, (await Lots.CreateLotAsync(wanted, Guid.CreateVersion7(), "lot", Cancel)).Id);
    }

    [Fact]
    public async Task A_spot_released_by_a_rollback_is_found()
    {
        var lot = await NewLotAsync(new(0, 1, 0));
        await using var connection = await database.Database.OpenAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await connection.ExecuteAsync("update parking_spots set ticket_id = @lot where lot_id = @lot", new { lot }, transaction);

        var entering = EnterAsync(lot, "A1", Vehicle.Car);
        await database.LockedAsync(1);
        await transaction.RollbackAsync(Cancel);

        Assert.Equal(new(Vehicle.Car, 1), (await entering).Spot);
    }

    [Fact]
    public async Task A_users_tickets_are_listed_newest_first_over_all_lots()
    {
        var tickets = new List<ParkingTicket>();
        for (var i = 0; i < 5; i++)
            tickets.Insert(0, await EnterAsync(await NewLotAsync(new(0, 1, 0)), $"A{i}", Vehicle.Car));
        await Tickets.EnterAsync(await NewLotAsync(new(0, 1, 0)), Guid.CreateVersion7(), "B1", Vehicle.Car, null, Cancel);

        Assert.Equal(tickets.OrderByDescending(ticket => ticket.Id.ToString()), await Store.ReadTicketsAsync(user, null, 10, Cancel));
        var page = await Store.ReadTicketsAsync(user, null, 2, Cancel);
        Assert.Equal(2, page.Count);
        Assert.Equal(3, (await Store.ReadTicketsAsync(user, page[1].Id, 10, Cancel)).Count);
    }

    [Fact]
    public async Task A_lot_counts_on_all_stripes_that_requests_choose_from()
    {
        var lot = await NewLotAsync(new(1, 1, 1));
        await using var connection = await database.Database.OpenAsync(Cancel);

        var (first, last, count) = await connection.QuerySingleAsync<(int, int, int)>(
            new(
                "select min(stripe)::int, max(stripe)::int, count(*)::int from parking_occupancy where lot_id = @lot",
                new { lot },
                cancellationToken: Cancel
            )
        );
        var constraint = await connection.QuerySingleAsync<string>(
            new(
                "select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'parking_occupancy'::regclass and contype = 'c'",
                cancellationToken: Cancel
            )
        );

        Assert.Equal((0, ParkingStayStore.StripeCount - 1, 3 * ParkingStayStore.StripeCount), (first, last, count));
        Assert.Equal($"CHECK (((stripe >= 0) AND (stripe <= {ParkingStayStore.StripeCount - 1})))", constraint);
    }

    [Fact]
    public async Task The_largest_lot_is_created_in_one_request()
    {
        var lot = await NewLotAsync(new(NewParkingLot.MaxSpots, NewParkingLot.MaxSpots, NewParkingLot.MaxSpots));

        Assert.Equal(new(Vehicle.Truck, 1), (await EnterAsync(lot, "T1", Vehicle.Truck)).Spot);
        Assert.Equal(new(NewParkingLot.MaxSpots, 1), (await Lots.ReadLotAsync(lot, Cancel)).Occupancy.Truck);
        await AssertConsistentAsync(lot);
    }

    ParkingTicketService NewTickets(TimeProvider clock) =>
        new(new(database.Database), Store, new(database.Database), Refusals, Codes, new(database.Database), clock);

    async Task<Guid> NewLotAsync(Spots spots) =>
        (await Lots.CreateLotAsync(new("Lot", spots, new(Rate, Rate, Rate)), user, null, Cancel)).Id;

    Task<ParkingTicket> EnterAsync(Guid lot, string plate, Vehicle vehicle, string? key = null) =>
        Tickets.EnterAsync(lot, user, plate, vehicle, key, Cancel);

    // The tickets of requests that are not refused with a conflict.
    static async Task<IReadOnlyList<ParkingTicket>> CrowdAsync(Func<int, Task<ParkingTicket>> act)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var crowd = Enumerable
            .Range(0, Crowd)
            .Select(async i =>
            {
                await start.Task;
                try
                {
                    return await act(i);
                }
                catch (RefusedException refused) when (refused.Refusal == Refusal.Conflict)
                {
                    return null;
                }
            })
            .ToList();
        start.SetResult();
        return [.. (await Task.WhenAll(crowd)).OfType<ParkingTicket>()];
    }

    // The counts match the taken spots, and the taken spots match the open tickets.
    async Task AssertConsistentAsync(Guid lot)
    {
        await using var connection = await database.Database.OpenAsync(Cancel);
        var differences = await connection.QuerySingleAsync<(long Counts, long Spots)>(
            """
            select (select count(*) from (select kind, sum(taken) as taken from parking_occupancy where lot_id = @lot group by kind) o
                    where taken <> (select count(*) from parking_spots s where s.lot_id = @lot and s.kind = o.kind
                        and s.ticket_id is not null)),
                   (select count(*)
                    from (select * from parking_spots where lot_id = @lot and ticket_id is not null) s
                    full join (select * from parking_tickets where lot_id = @lot and exited_at is null) t on t.id = s.ticket_id
                    where s.kind is distinct from t.spot_kind or s.number is distinct from t.spot_number)
            """,
            new { lot }
        );
        Assert.Equal((0, 0), differences);
    }
}
