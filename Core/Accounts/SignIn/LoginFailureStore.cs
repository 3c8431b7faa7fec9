using Dapper;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Accounts;

/// <summary>SQL of failed sign-ins: a leaky bucket for each subject, which is an account or an address.</summary>
public sealed class LoginFailureStore(PostgresDatabase database)
{
    /// <summary>Reads levels. Parameter: @subjects.</summary>
    internal const string SelectLevels =
        "select subject, level, now() - updated_at as age from login_failures where subject = any(@subjects)";

    // @subject: whose failure. @Capacity, @Leak: the bucket's, in failures and in seconds. Citus refuses now() in DO UPDATE.
    const string Increment = """
        insert into login_failures as f (subject, level, updated_at)
        values (@subject, 1, now())
        on conflict (subject) do update
        set level = least(@Capacity, greatest(0, f.level - extract(epoch from excluded.updated_at - f.updated_at) / @Leak) + 1),
            updated_at = excluded.updated_at
        """;

    /// <summary>The level of a subject's bucket when it last changed.</summary>
    /// <param name="Age">How long ago that was.</param>
    public sealed record FailureLevel(string Subject, double Level, TimeSpan Age);

    public async Task<IReadOnlyList<FailureLevel>> ReadAsync(string[] subjects, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSignInAsync(cancellationToken);
        return [.. await connection.QueryAsync<FailureLevel>(new(SelectLevels, new { subjects }, cancellationToken: cancellationToken))];
    }

    /// <summary>
    /// Adds one failure to a subject's bucket, after what has leaked. A full bucket stays full, however many guess at once.
    /// </summary>
    public async Task AddAsync(string subject, LeakyBucket bucket, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSignInAsync(cancellationToken);
        await connection.ExecuteAsync(
            new(
                Increment,
                new
                {
                    subject,
                    bucket.Capacity,
                    Leak = bucket.Leak.TotalSeconds,
                },
                cancellationToken: cancellationToken
            )
        );
    }

    public async Task ForgetAsync(string subject, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSignInAsync(cancellationToken);
        await connection.ExecuteAsync(
            new("delete from login_failures where subject = @subject", new { subject }, cancellationToken: cancellationToken)
        );
    }

    /// <summary>Removes failures that no longer have an effect.</summary>
    public async Task RemoveExpiredAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForLongWorkAsync(cancellationToken);
        await connection.ExecuteAsync(
            new("delete from login_failures where updated_at < now() - interval '1 day'", cancellationToken: cancellationToken)
        );
    }
}
