using System.Data.Common;
using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Accounts;

/// <summary>SQL of the rule that one administrator always remains.</summary>
public sealed class AdministratorStore(PostgresDatabase database)
{
    /// <summary>The number of the advisory lock that is held while an administrator is removed, demoted or disabled.</summary>
    const long LockNumber = 0x61646d696e697374;

    /// <summary>Whether there is an administrator, enabled or not.</summary>
    public async Task<bool> AnyAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool>(
            new("select exists (select 1 from users where role = 'admin')", cancellationToken: cancellationToken)
        );
    }

    /// <summary>Requires another enabled administrator, until the end of the transaction.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Conflict"/> when there is none.</exception>
    public static async Task RequireAnotherAsync(
        NpgsqlConnection connection,
        DbTransaction transaction,
        Guid userId,
        CancellationToken cancellationToken
    )
    {
        // One at a time: two administrators who demote each other at once would each still see the other.
        await connection.ExecuteAsync(
            new("select pg_advisory_xact_lock(@LockNumber)", new { LockNumber }, transaction, cancellationToken: cancellationToken)
        );
        var others = await connection.ExecuteScalarAsync<bool>(
            new(
                "select exists (select 1 from users where role = 'admin' and disabled_at is null and id <> @userId)",
                new { userId },
                transaction,
                cancellationToken: cancellationToken
            )
        );
        if (!others)
            throw new RefusedException(
                Refusal.Conflict,
                "This is the last administrator, who cannot be removed, demoted or disabled. Promote another user first."
            );
    }
}
