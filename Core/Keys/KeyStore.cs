using System.Data.Common;
using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Keys;

/// <summary>All SQL of the module.</summary>
public sealed class KeyStore(PostgresDatabase database)
{
    /// <summary>A key to store.</summary>
    /// <param name="PrivateKey">As <see cref="KeyEncryption"/> wrote it.</param>
    public sealed record NewKey(KeyPurpose Purpose, string Kid, string PrivateKey);

    /// <summary>A stored key that is not revoked. Times are UTC, by the database's clock.</summary>
    /// <param name="PrivateKey">As <see cref="KeyEncryption"/> wrote it.</param>
    /// <param name="SignsFrom">When the key starts to sign.</param>
    /// <param name="ReadAt">When the row was read.</param>
    public sealed record StoredKey(string Kid, string Purpose, string PrivateKey, DateTime SignsFrom, DateTime ReadAt);

    /// <summary>All keys that are not revoked.</summary>
    public async Task<IReadOnlyList<StoredKey>> ReadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSystemReadAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<StoredKey>(
                new(
                    "select kid, purpose, private_key, signs_from, now() as read_at from keys where revoked_at is null",
                    cancellationToken: cancellationToken
                )
            ),
        ];
    }

    /// <summary>
    /// Adds the first keys: those whose purpose has none yet. Any number of processes may call it at once; only one adds keys.
    /// </summary>
    public Task AddFirstAsync(IReadOnlyList<NewKey> keys, CancellationToken cancellationToken) =>
        LockedAsync(
            async (connection, transaction) =>
                await connection.ExecuteAsync(
                    new(
                        """
                        insert into keys (kid, purpose, private_key, signs_from)
                        select new.kid, new.purpose, new.private_key, now()
                        from unnest(@Kids, @Purposes, @PrivateKeys) as new (kid, purpose, private_key)
                        where not exists (select 1 from keys k where k.purpose = new.purpose and k.revoked_at is null)
                        """,
                        new Columns(keys),
                        transaction,
                        cancellationToken: cancellationToken
                    )
                ),
            cancellationToken
        );

    /// <summary>Adds a key that signs after <paramref name="lead"/>.</summary>
    /// <returns>When it starts to sign, UTC.</returns>
    public async Task<DateTime> AddAsync(NewKey key, TimeSpan lead, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSystemAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<DateTime>(
            new(
                """
                insert into keys (kid, purpose, private_key, signs_from)
                values (@Kid, @purpose, @PrivateKey, now() + @lead)
                returning signs_from
                """,
                new
                {
                    key.Kid,
                    purpose = key.Purpose.Name(),
                    key.PrivateKey,
                    lead,
                },
                cancellationToken: cancellationToken
            )
        );
    }

    /// <summary>Revokes all keys of the purposes of <paramref name="keys"/>, and adds these, which sign at once.</summary>
    /// <returns>How many were revoked.</returns>
    public Task<int> ReplaceAsync(IReadOnlyList<NewKey> keys, CancellationToken cancellationToken) =>
        LockedAsync(
            async (connection, transaction) =>
            {
                var columns = new Columns(keys);
                var revoked = await connection.ExecuteAsync(
                    new(
                        "update keys set revoked_at = now() where purpose = any(@Purposes) and revoked_at is null",
                        new { columns.Purposes },
                        transaction,
                        cancellationToken: cancellationToken
                    )
                );
                await connection.ExecuteAsync(
                    new(
                        """
                        insert into keys (kid, purpose, private_key, signs_from)
                        select kid, purpose, private_key, now()
                        from unnest(@Kids, @Purposes, @PrivateKeys) as new (kid, purpose, private_key)
                        """,
                        columns,
                        transaction,
                        cancellationToken: cancellationToken
                    )
                );
                return revoked;
            },
            cancellationToken
        );

    /// <summary>Stores another encryption of the same key.</summary>
    public async Task ReplaceEncryptionAsync(string kid, string before, string after, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSystemAsync(cancellationToken);
        await connection.ExecuteAsync(
            new(
                "update keys set private_key = @after where kid = @kid and private_key = @before",
                new
                {
                    kid,
                    before,
                    after,
                },
                cancellationToken: cancellationToken
            )
        );
    }

    // One writer at a time; readers do not wait.
    Task<int> LockedAsync(Func<NpgsqlConnection, DbTransaction, Task<int>> write, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async (connection, transaction) =>
            {
                await connection.ExecuteAsync(
                    new("lock table keys in share row exclusive mode", transaction: transaction, cancellationToken: cancellationToken)
                );
                return await write(connection, transaction);
            },
            cancellationToken
        );

    sealed class Columns(IReadOnlyList<NewKey> keys)
    {
        public string[] Kids { get; } = [.. keys.Select(key => key.Kid)];

        public string[] Purposes { get; } = [.. keys.Select(key => key.Purpose.Name())];

        public string[] PrivateKeys { get; } = [.. keys.Select(key => key.PrivateKey)];
    }
}
