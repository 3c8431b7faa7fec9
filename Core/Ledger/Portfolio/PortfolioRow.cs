namespace FunctionsApp.Core.Ledger;

/// <summary>A row of <c>portfolios</c>.</summary>
record PortfolioRow
{
    public Guid UserId { get; init; }

    public string Currency { get; init; } = "";

    public string TimeZone { get; init; } = "";

    public short LongTermMonths { get; init; }

    public short YearStartsIn { get; init; }

    public long Version { get; init; }

    public DateTime ChainedUntil { get; init; }

    public long PricesVersion { get; init; }

    public Portfolio Portfolio => new(UserId, new(Currency, TimeZone, LongTermMonths, YearStartsIn), Version, ChainedUntil, PricesVersion);
}
