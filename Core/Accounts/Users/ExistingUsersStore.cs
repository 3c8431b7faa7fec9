using System.Data.Common;
using Dapper;
using Npgsql;

namespace FunctionsApp.Core.Accounts;

/// <summary>Which users still exist, for modules that handle users other than the caller, or whose work takes minutes.</summary>
public static class ExistingUsersStore
{
    /// <summary>Finds a user and keeps the account from being deleted until the end of the transaction. $1: the id.</summary>
    internal const string Keep = "select 1 from users where id = $1 for key share";

    /// <summary>Those of <paramref name="ids"/> whose accounts were not deleted.</summary>
    /// <param name="connection">The caller's: a second one could exhaust the pool.</param>
    public static async Task<HashSet<Guid>> ReadAsync(
        NpgsqlConnection connection,
        DbTransaction transaction,
        IEnumerable<Guid> ids,
        CancellationToken cancellationToken
    ) =>
        [
            .. await connection.QueryAsync<Guid>(
                new(
                    "select id from users where id = any(@Ids)",
                    new { Ids = ids.Distinct().ToArray() },
                    transaction,
                    cancellationToken: cancellationToken
                )
            ),
        ];
}
