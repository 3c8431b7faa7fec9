using Dapper;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Ledger;

/// <summary>Deletes a user's ledger.</summary>
public sealed class LedgerErasureStore(PostgresDatabase database)
{
    // All tables with rows of a user: first what is computed from entries, and last the portfolio, whose row is the lock.
    static readonly string[] userTables =
    [
        "lots",
        "position_versions",
        "cash_days",
        "cash_months",
        "external_flows",
        "ledger_entries",
        "ledger_keys",
        "instrument_names",
        "instruments",
        "portfolios",
    ];

    static readonly string[] deletions =
    [
        .. userTables.Select(table =>
            $"""
                delete from {table}
                where user_id = @userId and ctid = any (array(select ctid from {table} where user_id = @userId limit @limit))
                """
        ),
    ];

    /// <summary>
    /// Deletes up to <paramref name="limit"/> rows from the first table that still has rows of the user, in one transaction.
    /// </summary>
    /// <param name="limit">The maximum number of rows to delete.</param>
    /// <returns>The number of rows deleted; 0 when none are left.</returns>
    public async Task<int> EraseAsync(Guid userId, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        foreach (var deletion in deletions)
        {
            var deleted = await connection.ExecuteAsync(new(deletion, new { userId, limit }, cancellationToken: cancellationToken));
            if (deleted > 0)
                return deleted;
        }

        return 0;
    }
}
