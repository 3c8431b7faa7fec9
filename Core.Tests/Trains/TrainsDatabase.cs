using Dapper;
using FunctionsApp.Core.Database;
using FunctionsApp.Core.Tests.Database;
using FunctionsApp.Core.Tests.Keys;
using FunctionsApp.Core.Tickets;
using FunctionsApp.Core.Trains;
using Npgsql;

namespace FunctionsApp.Core.Tests.Trains;

/// <summary>A fresh, migrated database with the module, for the tests of one class, which are isolated by the runs they add.</summary>
public sealed class TrainsDatabase(PostgresFixture postgres) : IAsyncLifetime
{
    public const int LastStop = 6,
        WaitlistLimit = 100;

    string connectionString = "";
    PostgresDatabase database = null!;

    public RunService Runs { get; private set; } = null!;

    public TicketPurchases Purchases { get; private set; } = null!;

    public TrainTicketService Tickets { get; private set; } = null!;

    public TrainTicketSource Source { get; private set; } = null!;

    public PurchaseKeyStore Keys { get; private set; } = null!;

    public TrainTicketUseStore Uses { get; private set; } = null!;

    /// <summary>The time by which trains leave.</summary>
    internal ManualTime Time { get; } = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        connectionString = await postgres.CreateDatabaseAsync();
        // These tests are about concurrency, not about the speed of the machine.
        database = new($"{connectionString};Timeout=120;Command Timeout=120;Options=-c lock_timeout=120s -c statement_timeout=120s");
        var store = new RunStore(database);
        var (runs, search, locks) = (new RunCache(store), new TrainSearchStore(database), new ClassLockStore(database));
        Keys = new(database);
        Uses = new(database);
        var keyed = new KeyedWork(database);
        Runs = new(store, search, new(database, locks, Time), runs, keyed);
        Purchases = new(new(database), new(locks), Keys, search, runs, new() { WaitlistLimit = WaitlistLimit }, keyed, Time);
        Tickets = NewTickets(runs);
        Source = new(new(database), Uses, runs);
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();

    /// <summary>Erases a deleted account's data, with an empty cache.</summary>
    public TrainPersonalData PersonalData() => new(NewTickets(new(new(database))), new(database), TimeProvider.System);

    /// <summary>Holds the lock of the run's class until it is disposed of.</summary>
    public async Task<IAsyncDisposable> LockClassAsync(TrainRun run)
    {
        // Closing it outside the pool rolls back.
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Cancel);
        var transaction = await connection.BeginTransactionAsync(Cancel);
        await connection.ExecuteAsync(
            new("select 1 from train_classes where run_id = @Id for update", new { run.Id }, transaction, cancellationToken: Cancel)
        );
        return connection;
    }

    /// <summary>How many connections wait for a lock.</summary>
    public async Task<long> CountLockedAsync() => (long)(await Sql.RunAsync(connectionString, TableLock.CountWaiting))!;

    /// <summary>Returns once <paramref name="count"/> connections wait for a lock.</summary>
    public Task LockedAsync(int count) =>
        Waiting.UntilAsync($"{count} connections wait for a lock", async () => await CountLockedAsync() >= count);

    TrainTicketService NewTickets(RunCache runs) =>
        new(new(database), new(database, new(database), Time), runs, new TicketCodes(TestKeys.Configured), Time);

    /// <summary>A run of the stops s0 to s6, a kilometer apart, far in the future, of one class.</summary>
    public Task<TrainRun> NewRunAsync(params int[] seatsOfCoaches) => NewRunAsync(new(2100, 1, 1), _ => null, seatsOfCoaches);

    /// <summary>Like <see cref="NewRunAsync(int[])"/>, but it leaves s0 in an hour, and each further stop an hour later.</summary>
    public Task<TrainRun> NewRunOfTodayAsync(params int[] seatsOfCoaches)
    {
        var now = Time.GetUtcNow().UtcDateTime;
        return NewRunAsync(DateOnly.FromDateTime(now.AddHours(1)), stop => now.AddHours(1 + stop), seatsOfCoaches);
    }

    Task<TrainRun> NewRunAsync(DateOnly date, Func<int, DateTime?> departures, int[] seatsOfCoaches) =>
        Runs.AddRunAsync(
            "1",
            "One",
            date,
            [.. Enumerable.Range(0, LastStop + 1).Select(i => new Stop(Station(i), null, i < LastStop ? departures(i) : null, i))],
            [.. seatsOfCoaches.Select((seats, i) => new Coach($"C{i}", "X", seats, 1))],
            Guid.CreateVersion7(),
            null,
            Cancel
        );

    public static string Station(int stop) => $"s{stop}";

    /// <summary>An account: tickets of users without one are never confirmed from the waitlist.</summary>
    public async Task<Guid> NewUserAsync()
    {
        var id = Guid.CreateVersion7();
        await ExecuteAsync(
            "insert into users (id, username, role, password_hash) values (@id, @name, 'user', 'none')",
            new { id, name = $"u{id:N}" }
        );
        return id;
    }

    public async Task<TrainTicket> BuyAsync(TrainRun run, int from, int to, int passengers = 1, Guid? user = null, string? key = null) =>
        (
            await Purchases.IssueAsync(
                run.Id,
                user ?? await NewUserAsync(),
                Station(from),
                Station(to),
                "X",
                [.. Enumerable.Range(1, passengers).Select(i => $"p{i}")],
                key,
                Cancel
            )
        ).Ticket;

    public async Task<TrainTicket> CancelAsync(TrainTicket ticket) =>
        (await Tickets.CancelTicketAsync(ticket.RunId, ticket.Id, ticket.UserId, Cancel)).Ticket;

    public async Task<TrainTicket> ReadAsync(TrainTicket ticket) =>
        (await new TrainTicketStore(database).ReadTicketAsync(ticket.RunId, ticket.Id, null, Cancel))!;

    /// <summary>Ends the connections that the module has at the moment.</summary>
    public async Task LoseConnectionsAsync() =>
        Assert.NotEqual(
            0L,
            await Sql.RunAsync(
                connectionString,
                "select count(pg_terminate_backend(pid, 10000)) from pg_stat_activity "
                    + "where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
            )
        );

    /// <summary>Runs a statement that sets up what the module cannot do.</summary>
    public async Task ExecuteAsync(string sql, object parameters)
    {
        await using var connection = await database.OpenAsync(Cancel);
        await connection.ExecuteAsync(new(sql, parameters, cancellationToken: Cancel));
    }

    /// <summary>Free segments in the order of the train.</summary>
    public async Task<IReadOnlyList<FreeSeat>> FreeAsync(TrainRun run) =>
        [
            .. (await new PurchaseStore(database).ReadFreeAsync(run, "X", Cancel))
                .OrderBy(one => one.Seat.Ordinal)
                .ThenBy(one => one.Free.Starts),
        ];

    public async Task<long> CountAsync(TrainRun run, string status) =>
        (long)
            (
                await Sql.RunAsync(
                    connectionString,
                    $"select count(*) from train_tickets where run_id = '{run.Id}' and status = '{status}'"
                )
            )!;

    /// <summary>
    /// Asserts that free segments and confirmed tickets together cover every segment of every seat once, and that no two free
    /// segments of a seat touch.
    /// </summary>
    public async Task IsWholeAsync(TrainRun run)
    {
        var segments = (string)
            (
                await Sql.RunAsync(
                    connectionString,
                    $"""
                    select coalesce(string_agg(seat || ':' || segment || ' × ' || count, ', '), '') from (
                        select s.seat, segment,
                               (select count(*) from free_segments f where f.run_id = s.run_id and f.seat = s.seat
                                   and f.starts <= segment and f.ends > segment)
                             + (select count(*) from train_tickets t where t.run_id = s.run_id and t.status = 'confirmed'
                                 and s.seat = any(t.seats) and t.starts <= segment and t.ends > segment) as count
                        from seats s, generate_series(0, {LastStop - 1}) as segment where s.run_id = '{run.Id}') as one
                    where count <> 1
                    """
                )
            )!;
        Assert.Equal("", segments);
        Assert.Equal(
            0L,
            await Sql.RunAsync(
                connectionString,
                "select count(*) from free_segments a join free_segments b on b.run_id = a.run_id and b.seat = a.seat and b.starts "
                    + $"= a.ends where a.run_id = '{run.Id}'"
            )
        );
    }
}
