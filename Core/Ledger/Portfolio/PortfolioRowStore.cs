using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Ledger;

/// <summary>The row of a portfolio that is being changed.</summary>
sealed class PortfolioRowStore(LedgerTransaction transaction)
{
    // The cash account is an instrument whose name is the empty string. $1 user.
    const string CreateCashAccount = "insert into instruments (user_id, instrument, symbol) values ($1, '', '') on conflict do nothing";

    // $1 user, $2 currency, $3 time zone, $4 months, $5 month.
    const string CreateRow = """
        insert into portfolios (user_id, currency, time_zone, long_term_months, year_starts_in) values ($1, $2, $3, $4, $5)
        on conflict do nothing
        """;

    /// <summary>Waits until no other transaction holds the lock of the portfolio.</summary>
    /// <returns>Null before anything was recorded or set.</returns>
    public PendingResult<Portfolio?> LockLater() =>
        transaction.QueryLater<PortfolioRow, Portfolio?>(
            $"{PortfolioStore.Read} for update",
            new Positional().Add(transaction.UserId),
            rows => rows is [var row] ? row.Portfolio : null
        );

    /// <summary>Creates the portfolio, unless another transaction does so at the same time.</summary>
    public void Create()
    {
        var settings = PortfolioSettings.Default;
        transaction.ExecuteLater(CreateCashAccount, new Positional().Add(transaction.UserId));
        transaction.ExecuteLater(
            CreateRow,
            new Positional()
                .Add(transaction.UserId)
                .Add(settings.Currency)
                .Add(settings.TimeZone)
                .Add((short)settings.LongTermMonths)
                .Add((short)settings.YearStartsIn)
        );
    }

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

    /// <summary>Whether the user exists. If so, the account cannot be deleted before the transaction ends.</summary>
    public async Task<bool> KeepUserAsync() =>
        (await transaction.QueryAsync<int>(ExistingUsersStore.Keep, new Positional().Add(transaction.UserId))).Count == 1;

    /// <summary>Records that the history has changed from a moment on.</summary>
    public void MarkChanged(DateTime from) =>
        transaction.ExecuteLater(
            "update portfolios set version = version + 1, chained_until = least(chained_until, $2) where user_id = $1",
            new Positional().Add(transaction.UserId).Add(from)
        );
}
