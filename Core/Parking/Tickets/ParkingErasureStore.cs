using Dapper;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Parking;

/// <summary>The SQL that erases the data of one user. Lists of lots come from every shard; every change names its lot.</summary>
public sealed class ParkingErasureStore(PostgresDatabase database)
{
    /// <summary>Replaces an erased plate. No plate has these characters.</summary>
    public const string Erased = "(erased)";

    /// <summary>The lots in which a user has stays with a plate or a key that was not erased.</summary>
    public async Task<IReadOnlyList<Guid>> ReadLotsWithPlatesAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<Guid>(
                new(
                    "select distinct lot_id from parking_tickets where user_id = @userId and (plate <> @Erased and not erase_plate or "
                        + "idempotency_key is not null)",
                    new { userId, Erased },
                    cancellationToken: cancellationToken
                )
            ),
        ];
    }

    /// <summary>Removes the plates from a user's closed stays in a lot; an open one loses its plate with the exit.</summary>
    public async Task ErasePlatesAsync(Guid lotId, Guid userId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(
            new(
                """
                update parking_tickets set plate = case when exited_at is null then plate else @Erased end,
                    erase_plate = true, idempotency_key = null
                where lot_id = @lotId and user_id = @userId
                """,
                new
                {
                    lotId,
                    userId,
                    Erased,
                },
                cancellationToken: cancellationToken
            )
        );
    }

    /// <summary>Removes the idempotency keys with which a user created lots.</summary>
    public async Task RemoveKeysAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(
            new("delete from parking_lot_keys where user_id = @userId", new { userId }, cancellationToken: cancellationToken)
        );
    }
}
