using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Ledger;

/// <summary>The row of a portfolio that is being changed.</summary>
sealed class PortfolioRowStore(LedgerTransaction transaction)
{
    public Task WriteSettingsAsync(PortfolioSettings settings) =>
        transaction.ExecuteAsync(
            """
            update portfolios
            set currency = @Currency, time_zone = @TimeZone, long_term_months = @LongTermMonths, year_starts_in = @YearStartsIn,
                version = version + 1
            where user_id = @UserId
            """,
            new
            {
                transaction.UserId,
                settings.Currency,
                settings.TimeZone,
                LongTermMonths = (short)settings.LongTermMonths,
                YearStartsIn = (short)settings.YearStartsIn,
            }
        );

    /// <summary>Records that the history has changed from a moment on.</summary>
    public void MarkChanged(DateTime from) =>
        transaction.ExecuteLater(
            "update portfolios set version = version + 1, chained_until = least(chained_until, $2) where user_id = $1",
            new Positional().Add(transaction.UserId).Add(from)
        );
}
