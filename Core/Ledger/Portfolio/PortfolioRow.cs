namespace FunctionsApp.Core.Ledger;

/// <summary>A row of <c>portfolios</c>.</summary>
record PortfolioRow(
    Guid UserId,
    string Currency,
    string TimeZone,
    short LongTermMonths,
    short YearStartsIn,
    long Version,
    DateTime ChainedUntil,
    long PricesVersion
)
{
    /// <summary>Reads the row. $1 user.</summary>
    public const string Read = """
        select user_id, currency, time_zone, long_term_months, year_starts_in, version, chained_until, prices_version
        from portfolios where user_id = $1
        """;

    public Portfolio Portfolio => new(UserId, new(Currency, TimeZone, LongTermMonths, YearStartsIn), Version, ChainedUntil, PricesVersion);
}
