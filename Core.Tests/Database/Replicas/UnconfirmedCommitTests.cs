using FunctionsApp.Core.Database;
using FunctionsApp.Core.Parking;
using FunctionsApp.Core.Tests.Accounts;
using FunctionsApp.Core.Tests.Keys;
using FunctionsApp.Core.Trains;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>
/// Requests that are repeated because no synchronous standby confirmed their commit. The first one is to be seen, but it is lost if the
/// primary fails now: the repetition must not be answered before a standby has it.
/// </summary>
public sealed class UnconfirmedCommitTests(AbsentStandbys standbys) : IClassFixture<AbsentStandbys>
{
    readonly Guid user = Guid.CreateVersion7();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    PostgresDatabase Database => standbys.Database;

    KeyedWork Keyed => new(Database);

    ParkingLotService Lots => new(new(Database), Keyed);

    ParkingTicketService Stays =>
        new(new(Database), new(Database), new(Database), new(Database), new(TestKeys.Configured), Keyed, TimeProvider.System);

    [Fact]
    public async Task A_run()
    {
        var run = await standbys.LoseResponseAsync(() => AddRunAsync("key"));

        Assert.Equal(run.Id, await standbys.SqlAsync($"select run_id from train_run_keys where user_id = '{user}'"));
        Assert.Equal(run.Id, (await AddRunAsync("key")).Id);
    }

    [Fact]
    public async Task A_purchase()
    {
        var run = await AddRunAsync(null);
        var purchases = NewPurchases();

        var ticket = await standbys.LoseResponseAsync(() => BuyAsync(purchases, run, "key"));

        Assert.Equal(TrainTicketStatus.Confirmed, ticket.Status);
        Assert.Equal(ticket.Id, await standbys.SqlAsync($"select id from train_tickets where run_id = '{run.Id}'"));
        Assert.Equal(1L, await standbys.SqlAsync($"select count(*) from train_tickets where run_id = '{run.Id}'"));
    }

    [Fact]
    public async Task A_purchase_that_is_refused()
    {
        var run = await AddRunAsync(null);
        var purchases = NewPurchases();
        await BuyAsync(purchases, run, null);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => standbys.LoseResponseAsync(() => BuyAsync(purchases, run, "key")));

        Assert.Equal(Refusal.Conflict, refused.Refusal);
        Assert.Equal(1L, await standbys.SqlAsync($"select count(*) from train_tickets where run_id = '{run.Id}' and status = 'refused'"));
    }

    [Fact]
    public async Task A_parking_lot()
    {
        var lot = await standbys.LoseResponseAsync(() => CreateLotAsync(cars: 1, "key"));

        Assert.Equal(lot.Id, await standbys.SqlAsync($"select lot_id from parking_lot_keys where user_id = '{user}'"));
        Assert.Equal(lot.Id, (await CreateLotAsync(cars: 1, "key")).Id);
    }

    [Fact]
    public async Task A_stay()
    {
        var lot = await CreateLotAsync(cars: 2, null);

        var ticket = await standbys.LoseResponseAsync(() => EnterAsync(lot, "key"));

        Assert.Equal(ticket.Id, await standbys.SqlAsync($"select id from parking_tickets where lot_id = '{lot.Id}'"));
        Assert.Equal(1L, await standbys.SqlAsync($"select count(*) from parking_tickets where lot_id = '{lot.Id}'"));
        Assert.Equal(1, (await Lots.ReadLotAsync(lot.Id, Cancel)).Occupancy.Car.Taken);
    }

    [Fact]
    public async Task A_stay_that_is_refused()
    {
        var lot = await CreateLotAsync(cars: 1, null);
        await Stays.EnterAsync(lot.Id, Guid.CreateVersion7(), "B2", Vehicle.Car, null, Cancel);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => standbys.LoseResponseAsync(() => EnterAsync(lot, "key")));

        Assert.Equal(Refusal.Conflict, refused.Refusal);
        Assert.Equal(
            1L,
            await standbys.SqlAsync($"select count(*) from parking_tickets where lot_id = '{lot.Id}' and refusal is not null")
        );
    }

    [Fact]
    public async Task The_end_of_a_stay()
    {
        var lot = await CreateLotAsync(cars: 1, null);
        var entered = await EnterAsync(lot, null);

        var left = await standbys.LoseResponseAsync(() => Stays.ExitAsync(lot.Id, entered.Id, user, Cancel));

        Assert.Equal(left, await Stays.ReadTicketAsync(lot.Id, entered.Id, user, Cancel));
        Assert.Equal(0, (await Lots.ReadLotAsync(lot.Id, Cancel)).Occupancy.Car.Taken);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_end_of_a_session(bool everywhere)
    {
        using var pod = new Pod(Database);
        var person = await pod.SignUpAsync();
        var session = Pod.SessionOf(await pod.LoginAsync(person.Username));

        await standbys.LoseResponseAsync(async () =>
        {
            if (everywhere)
                await pod.Sessions.LogoutEverywhereAsync(person.Id, Pod.Home, Cancel);
            else
                await pod.Sessions.LogoutAsync(person.Id, session, Pod.Home, Cancel);
            return true;
        });

        Assert.Empty(await pod.SessionsAsync(person.Id));
    }

    Task<TrainRun> AddRunAsync(string? key)
    {
        var store = new RunStore(Database);
        return new RunService(store, new(Database), new(Database, new(Database), TimeProvider.System), new(store), Keyed).AddRunAsync(
            "1",
            "One",
            new(2100, 1, 1),
            [new("a", null, null, 0), new("b", null, null, 1)],
            [new("A", "X", 1, 1)],
            user,
            key,
            Cancel
        );
    }

    TicketPurchases NewPurchases() =>
        new(
            new(Database),
            new(new(Database)),
            new(Database),
            new(Database),
            new(new(Database)),
            new() { WaitlistLimit = 0 },
            Keyed,
            TimeProvider.System
        );

    async Task<TrainTicket> BuyAsync(TicketPurchases purchases, TrainRun run, string? key) =>
        (await purchases.IssueAsync(run.Id, user, "a", "b", "X", ["Ada"], key, Cancel)).Ticket;

    Task<ParkingLot> CreateLotAsync(int cars, string? key)
    {
        var rate = new Rate(15, 2, 2, 18);
        return Lots.CreateLotAsync(new("Lot", new(0, cars, 0), new(rate, rate, rate), null), user, key, Cancel);
    }

    Task<ParkingTicket> EnterAsync(ParkingLot lot, string? key) => Stays.EnterAsync(lot.Id, user, "A1", Vehicle.Car, key, Cancel);
}
