using Dapper;

namespace Core.Accounts;

/// <summary>This part: the keys that sign access tokens.</summary>
public sealed partial class AccountStore
{
    /// <param name="PrivateKey">Encrypted PKCS#8 in PEM.</param>
    /// <param name="Current">Whether it signs; else it only verifies.</param>
    public sealed record SigningKeyRow(string Kid, string PrivateKey, bool Current);

    /// <summary>The current key, first, and those retired less than <paramref name="period"/> ago.</summary>
    public async Task<IReadOnlyList<SigningKeyRow>> ReadSigningKeysAsync(TimeSpan period, CancellationToken cancel)
    {
        await using var connection = await database.OpenForSystemAsync(cancel);
        return [.. await connection.QueryAsync<SigningKeyRow>(new(
            """
            select kid, private_key, retired_at is null as current from signing_keys
            where retired_at is null or retired_at > now() - @period
            order by retired_at desc nulls first
            """,
            new { period }, cancellationToken: cancel))];
    }

    /// <summary>Adds the first key, unless another process did.</summary>
    public async Task AddFirstSigningKeyAsync(string kid, string privateKey, CancellationToken cancel)
    {
        await using var connection = await database.OpenForSystemAsync(cancel);
        await connection.ExecuteAsync(new("insert into signing_keys (kid, private_key) values (@kid, @privateKey) on conflict do nothing", new { kid, privateKey }, cancellationToken: cancel));
    }

    /// <summary>Puts a new current key in the place of the old, which still verifies.</summary>
    public Task RotateSigningKeyAsync(string kid, string privateKey, CancellationToken cancel) =>
        database.InTransactionAsync(async (connection, transaction) =>
        {
            // Two rotations at once: the second retires the first one's key.
            await connection.ExecuteAsync(new("lock table signing_keys in share row exclusive mode", transaction: transaction, cancellationToken: cancel));
            await connection.ExecuteAsync(new("update signing_keys set retired_at = now() where retired_at is null", transaction: transaction, cancellationToken: cancel));
            return await connection.ExecuteAsync(new("insert into signing_keys (kid, private_key) values (@kid, @privateKey)", new { kid, privateKey }, transaction, cancellationToken: cancel));
        }, cancel);
}
