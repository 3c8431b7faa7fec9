using Dapper;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Parking;

/// <summary>The SQL of refusals that are kept under idempotency keys.</summary>
public sealed class ParkingRefusalStore(PostgresDatabase database)
{
    sealed record RefusalRow(Guid Id, string Plate, Vehicle Vehicle, string Reason, bool Counts);

    /// <summary>The refusal under a user's key, with what was asked for, when the standbys have it: see <see cref="KeyedWork"/>.</summary>
    public async Task<(Guid Id, string Plate, Vehicle Vehicle, RefusedEntry Refused)?> FindRefusalAsync(
        Guid lotId,
        Guid userId,
        string key,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<RefusalRow>(
            new(
                """
                select id, plate, vehicle, refusal as reason, entered_at > now() - @Window as counts
                from parking_tickets where lot_id = @lotId and user_id = @userId and idempotency_key = @key and refusal is not null
                for key share
                """,
                new
                {
                    lotId,
                    userId,
                    key,
                    RefusedEntry.Window,
                },
                cancellationToken: cancellationToken
            )
        );
        return row is null ? null : (row.Id, row.Plate, row.Vehicle, new(row.Reason, row.Counts));
    }

    /// <summary>Keeps a refusal under its idempotency key.</summary>
    /// <returns>False when the key was used already.</returns>
    public async Task<bool> RefuseAsync(
        Guid lotId,
        Guid id,
        Guid userId,
        string plate,
        Vehicle vehicle,
        string key,
        string reason,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.ExecuteAsync(
                new(
                    """
                    insert into parking_tickets (lot_id, id, user_id, plate, vehicle, spot_kind, spot_number, entered_at, exited_at,
                        fee, idempotency_key, refusal)
                    values (@lotId, @id, @userId, @plate, @vehicle, @vehicle, 0, now(), now(), 0, @key, @reason)
                    on conflict (lot_id, user_id, idempotency_key) where idempotency_key is not null do nothing
                    """,
                    new
                    {
                        lotId,
                        id,
                        userId,
                        plate,
                        vehicle = (short)vehicle,
                        key,
                        reason,
                    },
                    cancellationToken: cancellationToken
                )
            ) == 1;
    }

    /// <summary>Removes a refusal that no longer counts, so that its key can be used again.</summary>
    public async Task RemoveRefusalAsync(Guid lotId, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(
            new(
                "delete from parking_tickets where lot_id = @lotId and id = @id and refusal is not null",
                new { lotId, id },
                cancellationToken: cancellationToken
            )
        );
    }

    /// <summary>Removes refusals of all lots that no longer count.</summary>
    public async Task RemoveRefusalsAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(
            new(
                "delete from parking_tickets where refusal is not null and entered_at < now() - @Window",
                new { RefusedEntry.Window },
                cancellationToken: cancellationToken
            )
        );
    }
}
