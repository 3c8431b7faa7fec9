using Dapper;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Accounts;

/// <summary>SQL of pending erasures, and of what the module itself keeps about a deleted user.</summary>
public sealed class ErasureStore(PostgresDatabase database)
{
    /// <summary>The users whose erasure is due, the longest overdue first.</summary>
    public async Task<IReadOnlyList<Guid>> ReadDueAsync(int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<Guid>(
                new(
                    "select user_id from erasures where due_at <= now() order by due_at limit @limit",
                    new { limit },
                    cancellationToken: cancellationToken
                )
            ),
        ];
    }

    /// <summary>Leases a due erasure to this process: no other process gets it within <paramref name="lease"/>.</summary>
    /// <returns>False when another process has taken or finished it.</returns>
    public async Task<bool> ClaimAsync(Guid userId, TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.ExecuteAsync(
                new(
                    "update erasures set due_at = now() + @lease where user_id = @userId and due_at <= now()",
                    new { userId, lease },
                    cancellationToken: cancellationToken
                )
            ) == 1;
    }

    /// <summary>Records that everything about the user has been erased.</summary>
    public async Task CompleteAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(
            new("delete from erasures where user_id = @userId", new { userId }, cancellationToken: cancellationToken)
        );
    }

    /// <summary>
    /// Anonymizes a deleted user's sessions and audit trail and deletes failed logins. The ids and times of sessions stay until all their
    /// access tokens have expired; the types and times of events stay.
    /// </summary>
    public async Task EraseAccountDataAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(
            new(
                """
                update sessions
                set ended_at = least(ended_at, now()), expires_at = least(expires_at, now()), address = null, network = null,
                    user_agent = null, family_hash = '', token_hash = '', previous_hash = null, salt = null
                where user_id = @userId
                """,
                new { userId },
                cancellationToken: cancellationToken
            )
        );
        await connection.ExecuteAsync(
            new(
                """
                update account_events set address = null, user_agent = null
                where user_id = @userId and (address is not null or user_agent is not null)
                """,
                new { userId },
                cancellationToken: cancellationToken
            )
        );
        await connection.ExecuteAsync(
            new(
                "delete from login_failures where subject = @subject or starts_with(subject, @subject || '@')",
                new { subject = LoginGuard.SubjectOf(userId) },
                cancellationToken: cancellationToken
            )
        );
    }
}
