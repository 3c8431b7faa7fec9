using Dapper;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Trains;

/// <summary>The SQL of idempotency keys: a key has a ticket, or a refusal for as long as it counts.</summary>
public sealed class PurchaseKeyStore(PostgresDatabase database)
{
    /// <summary>The unique index that a ticket with a used key violates.</summary>
    internal const string Constraint = "train_tickets_key";

    /// <summary>
    /// What is stored under a user's idempotency key: a ticket, or a refusal (then the ticket is what was asked for). Returned when the
    /// standbys have it: see <see cref="KeyedWork"/>.
    /// </summary>
    public async Task<(TrainTicket Ticket, RefusedPurchase? Refused)?> FindByKeyAsync(
        Guid runId,
        Guid userId,
        string key,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<TrainTicketRow>(
            new(
                $"""
                select {TrainTicketStore.Columns}, refusal, issued_at > now() - @Window as refusal_counts
                from train_tickets t where run_id = @runId and user_id = @userId and idempotency_key = @key
                for key share of t
                """,
                new
                {
                    runId,
                    userId,
                    key,
                    RefusedPurchase.Window,
                },
                cancellationToken: cancellationToken
            )
        );
        return row is null ? null : (row.ToTicket(), row.Refusal is null ? null : new(row.Refusal, row.RefusalCounts));
    }

    /// <summary>Keeps a refusal under its idempotency key.</summary>
    /// <returns>False when the key was used already.</returns>
    public async Task<bool> RefuseAsync(Guid runId, Guid id, TicketRequest request, string reason, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.ExecuteAsync(
                new(
                    """
                    insert into train_tickets (run_id, id, user_id, class, starts, ends, passengers, seats, fare, status,
                        idempotency_key, refusal)
                    values (@runId, @id, @UserId, @Class, @Starts, @Ends, @Passengers, array[]::smallint[], 0, 'refused', @Key, @reason)
                    on conflict (run_id, user_id, idempotency_key) where idempotency_key is not null do nothing
                    """,
                    new
                    {
                        runId,
                        id,
                        request.UserId,
                        request.Class,
                        request.Segment.Starts,
                        request.Segment.Ends,
                        Passengers = request.Passengers.ToArray(),
                        request.Key,
                        reason,
                    },
                    cancellationToken: cancellationToken
                )
            ) == 1;
    }

    /// <summary>Removes a refusal that no longer counts, so that its key can be used again.</summary>
    public async Task RemoveRefusalAsync(Guid runId, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(
            new(
                "delete from train_tickets where run_id = @runId and id = @id and status = 'refused'",
                new { runId, id },
                cancellationToken: cancellationToken
            )
        );
    }

    /// <summary>Removes refusals of all runs that no longer count.</summary>
    public async Task RemoveRefusalsAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(
            new(
                "delete from train_tickets where status = 'refused' and issued_at < now() - @Window",
                new { RefusedPurchase.Window },
                cancellationToken: cancellationToken
            )
        );
    }
}
