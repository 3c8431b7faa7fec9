using Dapper;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Trains;

/// <summary>The SQL that erases the data of one user. Lists of runs come from every shard; all that writes names its run.</summary>
public sealed class TrainErasureStore(PostgresDatabase database)
{
    /// <summary>Replaces the erased name of a passenger.</summary>
    public const string Erased = "(erased)";

    // Whether a name is left, or a key, which the client may have made of anything.
    const string HasNames = "(idempotency_key is not null or passengers <> array_fill(@Erased::text, array[cardinality(passengers)]))";

    sealed record TicketRow(Guid RunId, Guid Id);

    /// <summary>A user's tickets that are confirmed and not used, or waitlisted.</summary>
    public async Task<IReadOnlyList<(Guid RunId, Guid Id)>> ReadOpenTicketsAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var rows = await connection.QueryAsync<TicketRow>(
            new(
                "select run_id, id from train_tickets where user_id = @userId and status in ('confirmed', 'waitlisted') and "
                    + "used_at is null order by id",
                new { userId },
                cancellationToken: cancellationToken
            )
        );
        return [.. rows.Select(row => (row.RunId, row.Id))];
    }

    /// <summary>The runs for which a user has tickets with names.</summary>
    public async Task<IReadOnlyList<Guid>> ReadRunsWithNamesAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<Guid>(
                new(
                    $"select distinct run_id from train_tickets where user_id = @userId and {HasNames}",
                    new { userId, Erased },
                    cancellationToken: cancellationToken
                )
            ),
        ];
    }

    /// <summary>Removes names and idempotency keys from a user's tickets for a run.</summary>
    public async Task RemoveNamesAsync(Guid runId, Guid userId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(
            new(
                $"""
                update train_tickets set passengers = array_fill(@Erased::text, array[cardinality(passengers)]), idempotency_key = null
                where run_id = @runId and user_id = @userId and {HasNames}
                """,
                new
                {
                    runId,
                    userId,
                    Erased,
                },
                cancellationToken: cancellationToken
            )
        );
    }

    /// <summary>Removes the idempotency keys with which a user added runs.</summary>
    public async Task RemoveKeysAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(
            new("delete from train_run_keys where user_id = @userId", new { userId }, cancellationToken: cancellationToken)
        );
    }
}
