using Dapper;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Ledger;

/// <summary>The end of a user's ledger.</summary>
public sealed partial class LedgerStore
{
    /// <summary>
    /// All tables with rows of a user. What follows from entries comes before them, and the portfolio with its lock
    /// last.
    /// </summary>
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

    /// <summary>Deletes some of a user's rows, in a transaction of its own for each table.</summary>
    /// <param name="most">The most rows that are deleted from one table.</param>
    /// <returns>How many rows were deleted; 0 when there are none left.</returns>
    public async Task<int> EraseAsync(Guid userId, int most, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        foreach (var table in userTables)
        {
            var deleted = await connection.ExecuteAsync(
                new(
                    $"delete from {table} where user_id = $1 and ctid = any (array(select ctid from {table} where user_id = $1 limit $2))",
                    new Positional().Add(userId).Add(most),
                    cancellationToken: cancellationToken
                )
            );
            if (deleted > 0)
                return deleted;
        }

        return 0;
    }
}
