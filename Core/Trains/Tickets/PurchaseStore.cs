using System.Data.Common;
using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Trains;

/// <summary>
/// The SQL that takes free seats. It locks nothing but the free segments it takes, and passes over those that others are taking. A call
/// takes one seat for each passenger, or nothing.
/// </summary>
public sealed class PurchaseStore(PostgresDatabase database)
{
    /// <summary>
    /// Issues a ticket for one passenger on the best fitting free segment that no other request is taking; the benchmark gives pgbench the
    /// same. Parameters: $1 run, $2 class, $3 first and $4 last stop, $5 ticket, $6 user, $7 passengers, $8 fare, $9 idempotency key.
    /// </summary>
    internal const string IssueOne =
        "select _seats as seats, _issued_at as issued_at from buy_train_seat_1($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    // Issues a ticket on chosen seats. Parameters as above, $10 seats, and $11 whether to wait for those who are taking one of them.
    const string IssueChosen =
        "select _seats as seats, _issued_at as issued_at from buy_chosen_train_seats_1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

    sealed class Taken
    {
        public short[]? Seats { get; init; }
        public DateTime IssuedAt { get; init; }
    }

    sealed record FreeRow(short Seat, short Starts, short Ends);

    /// <summary>Issues a ticket for one passenger, in one round trip.</summary>
    /// <returns>Null when no seat is free that no other request is taking.</returns>
    /// <exception cref="KeyTakenException">The key has a ticket already.</exception>
    public async Task<TrainTicket?> IssueOneAsync(
        Guid runId,
        Guid id,
        TicketRequest request,
        decimal fare,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await TakeAsync(connection, null, runId, id, request, fare, null, wait: false, cancellationToken);
    }

    /// <summary>Issues a ticket on seats chosen before.</summary>
    /// <returns>Null when another has or is taking one of them.</returns>
    /// <exception cref="KeyTakenException">The key has a ticket already.</exception>
    public async Task<TrainTicket?> IssueChosenAsync(
        TrainRun run,
        Guid id,
        TicketRequest request,
        decimal fare,
        IReadOnlyList<FreeSeat> seats,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await TakeAsync(connection, null, run.Id, id, request, fare, seats, wait: false, cancellationToken);
    }

    /// <summary>As <see cref="IssueChosenAsync"/> in a transaction, waiting for those who are taking the seats.</summary>
    internal static Task<TrainTicket?> IssueChosenWaitingAsync(
        NpgsqlConnection connection,
        DbTransaction transaction,
        TrainRun run,
        Guid id,
        TicketRequest request,
        decimal fare,
        IReadOnlyList<FreeSeat> seats,
        CancellationToken cancellationToken
    ) => TakeAsync(connection, transaction, run.Id, id, request, fare, seats, wait: true, cancellationToken);

    /// <summary>The free segments of a class, in any order.</summary>
    public async Task<IReadOnlyList<FreeSeat>> ReadFreeAsync(TrainRun run, string @class, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await ReadFreeAsync(connection, null, run, @class, cancellationToken);
    }

    internal static async Task<IReadOnlyList<FreeSeat>> ReadFreeAsync(
        NpgsqlConnection connection,
        DbTransaction? transaction,
        TrainRun run,
        string @class,
        CancellationToken cancellationToken
    )
    {
        var rows = await connection.QueryAsync<FreeRow>(
            new(
                "select seat, starts, ends from free_segments where run_id = @Id and class = @class",
                new { run.Id, @class },
                transaction,
                cancellationToken: cancellationToken
            )
        );
        return [.. rows.Select(row => new FreeSeat(run.Seats[row.Seat - 1], new(row.Starts, row.Ends)))];
    }

    static async Task<TrainTicket?> TakeAsync(
        NpgsqlConnection connection,
        DbTransaction? transaction,
        Guid runId,
        Guid id,
        TicketRequest request,
        decimal fare,
        IReadOnlyList<FreeSeat>? seats,
        bool wait,
        CancellationToken cancellationToken
    )
    {
        var parameters = new Positional()
            .Add(runId)
            .Add(request.Class)
            .Add((short)request.Segment.Starts)
            .Add((short)request.Segment.Ends)
            .Add(id)
            .Add(request.UserId)
            .Add(request.Passengers.ToArray())
            .Add(fare)
            .Add(request.Key);
        if (seats is not null)
            parameters.Add(seats.Select(one => (short)one.Seat.Ordinal).ToArray()).Add(wait);
        try
        {
            var sql = seats is null ? IssueOne : IssueChosen;
            var taken = await connection.QuerySingleAsync<Taken>(new(sql, parameters, transaction, cancellationToken: cancellationToken));
            return taken.Seats is null
                ? null
                : TrainTicket.Issue(runId, id, request, fare, [.. taken.Seats.Select(seat => (int)seat)], null, taken.IssuedAt);
        }
        catch (PostgresException e) when (e.Violates(PurchaseKeyStore.Constraint))
        {
            throw new KeyTakenException(e);
        }
    }

    internal static RefusedException Contended() =>
        new(Refusal.Busy, "Too many requests for these seats. Try again shortly.") { RetryAfter = TimeSpan.FromSeconds(1) };
}
