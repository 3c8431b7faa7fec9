using Dapper;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Trains;

/// <summary>The SQL that reads tickets.</summary>
public sealed class TrainTicketStore(PostgresDatabase database)
{
    /// <summary>The columns of <see cref="TrainTicketRow"/> without the position, which only waitlisted tickets have.</summary>
    internal const string WithoutPosition = """
        run_id, id, user_id, class, starts, ends, passengers, seats, fare, status, first_position, issued_at, cancelled_at,
            refund, refund_percent, used_at, used_by, used_where
        """;

    /// <summary>The columns of <see cref="TrainTicketRow"/>, from <c>train_tickets t</c> of the run <c>@runId</c>.</summary>
    /// <remarks>The run is a parameter in the subquery too: Citus does not derive it from the outer query.</remarks>
    internal const string Columns = $"""
        {WithoutPosition},
            case when status = 'waitlisted' then (
                select count(*) from train_tickets waitlist
                where waitlist.run_id = @runId and waitlist.class = t.class and waitlist.status = 'waitlisted'
                    and waitlist.waitlist_number <= t.waitlist_number
            ) end as position
        """;

    // @owner is null for any.
    const string One = $"""
        select {Columns}
        from train_tickets t
        where run_id = @runId and id = @id and (@owner::uuid is null or user_id = @owner) and status <> 'refused'
        """;

    // Of any runs. @before is null for the newest.
    const string OfUser = $"""
        select {WithoutPosition},
            case when status = 'waitlisted' then (
                select count(*) from train_tickets waitlist
                where waitlist.run_id = t.run_id and waitlist.class = t.class and waitlist.status = 'waitlisted'
                    and waitlist.waitlist_number <= t.waitlist_number
            ) end as position
        from train_tickets t where user_id = @userId and status <> 'refused' and (@before::uuid is null or id < @before)
        order by id desc limit @limit
        """;

    /// <param name="owner">The user who has to own it; null for any.</param>
    public async Task<TrainTicket?> ReadTicketAsync(Guid runId, Guid id, Guid? owner, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadAsync(cancellationToken);
        return (
            await connection.QuerySingleOrDefaultAsync<TrainTicketRow>(
                new(
                    One,
                    new
                    {
                        runId,
                        id,
                        owner,
                    },
                    cancellationToken: cancellationToken
                )
            )
        )?.ToTicket();
    }

    /// <summary>A user's tickets of all runs, newest first.</summary>
    public async Task<IReadOnlyList<TrainTicket>> ReadTicketsAsync(
        Guid userId,
        Guid? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenForReadAsync(cancellationToken);
        var rows = await connection.QueryAsync<TrainTicketRow>(
            new(
                OfUser,
                new
                {
                    userId,
                    before,
                    limit,
                },
                cancellationToken: cancellationToken
            )
        );
        return [.. rows.Select(row => row.ToTicket())];
    }
}
