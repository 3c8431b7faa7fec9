using FunctionsApp.Core.Database;
using FunctionsApp.Core.Trains;

namespace FunctionsApp.Benchmark.Measurements;

/// <summary>Sold-out runs with a full waitlist.</summary>
static class Waitlists
{
    public const string Class = "2A";

    public const int Length = 100;

    /// <summary>A run whose only ticket covers all seats and stops.</summary>
    /// <param name="Waiting">The waitlist, in order.</param>
    public sealed record SoldOutRun(TrainRun Run, TrainTicket Ticket, Queue<Guid> Waiting);

    /// <summary>
    /// Adds a run. Its waitlist has <see cref="Length"/> tickets for one passenger and one segment each, cycling through the segments.
    /// </summary>
    public static async Task<SoldOutRun> AddAsync(
        PostgresDatabase database,
        int stops,
        int seats,
        int passengers,
        Guid user,
        CancellationToken cancellationToken,
        int waiting = Length
    )
    {
        var run = TrainRun.Create(
            "1",
            "Bench",
            new(2190, 1, 1),
            [.. Enumerable.Range(0, stops).Select(at => new Stop($"S{at}", null, null, at * 10))],
            [new Coach("A", Class, seats, 0.95m)]
        );
        await new RunStore(database).AddRunAsync(run, cancellationToken);
        var request = new TicketRequest(user, Class, new(0, stops - 1), [.. Enumerable.Repeat("Ada", passengers)], null);
        var purchases = new PurchaseStore(database);
        var free = await purchases.ReadFreeAsync(run, Class, cancellationToken);
        var ticket =
            await purchases.IssueChosenAsync(run, Guid.CreateVersion7(), request, 9.5m, free, cancellationToken)
            ?? throw new BenchmarkException("A seat was not found that must be free.");
        var made = new SoldOutRun(run, ticket, []);
        for (var i = 0; i < waiting; i++)
            await JoinAsync(database, made, user, i, cancellationToken);
        return made;
    }

    /// <summary>Adds a ticket for one segment to the waitlist.</summary>
    public static async Task JoinAsync(
        PostgresDatabase database,
        SoldOutRun run,
        Guid user,
        int segment,
        CancellationToken cancellationToken
    )
    {
        var starts = segment % (run.Run.Stops.Count - 1);
        var joined = await new WaitlistStore(new(database)).IssueOrWaitlistAsync(
            run.Run,
            Guid.CreateVersion7(),
            new(user, Class, new(starts, starts + 1), ["Ada"], null),
            9.5m,
            Length,
            cancellationToken
        );
        if (joined?.Status != TrainTicketStatus.Waitlisted)
            throw new BenchmarkException("A run that must be sold out is not.");
        run.Waiting.Enqueue(joined.Id);
    }
}
