namespace Core.Ledger;

/// <summary>A moment as of which something is valued.</summary>
/// <param name="At">All entries before it count.</param>
/// <param name="LastKind">Of those at it, the ones up to this kind.</param>
/// <param name="LastDay">The last day whose closing prices were known.</param>
public readonly record struct ValuationMoment(DateTime At, EntryKind LastKind, DateOnly LastDay)
{
    /// <summary>A close counts from the end of its day.</summary>
    public static ValuationMoment Of(DateTime at, TimeZoneInfo zone) => new(at, EntryKind.Withdrawal, LastClose(at, zone));

    /// <summary>Before the deposits of a moment and what comes after them, with the prices that were known at it: those are of units as splits at it left them.</summary>
    public static ValuationMoment BeforeDeposits(DateTime at, TimeZoneInfo zone) => new(at, EntryKind.Split, LastClose(at, zone));

    static DateOnly LastClose(DateTime at, TimeZoneInfo zone)
    {
        var day = Moment.DayOf(at, zone);
        return Moment.EndOf(day, zone) <= at ? day : day.AddDays(-1);
    }
}

/// <summary>What an instrument, or the cash account, came to as of a moment.</summary>
/// <param name="Moment">The place of the moment among those that were asked for.</param>
/// <param name="Price">Of one unit; null when it was never traded nor priced.</param>
/// <param name="PriceDate">Of the close; null when the price is that of the last trade.</param>
public sealed record ValuedPosition(int Moment, string Instrument, string Symbol, string? Isin, PositionVersion Version, decimal? Price, DateOnly? PriceDate)
{
    public decimal MarketValue => Amounts.Normal(Version.Quantity * (Price ?? 0));
}

/// <summary>What a whole portfolio came to as of a moment.</summary>
public sealed record Totals(int Moment, decimal Cash, decimal MarketValue, decimal Deposits, decimal Withdrawals, decimal Realised, decimal RealisedLong)
{
    public decimal Value => Cash + MarketValue;
}

/// <summary>Money from outside or to it at one moment.</summary>
/// <param name="Net">What came in, less what went out.</param>
/// <param name="Withdrawn">What went out.</param>
/// <param name="Value">Of the portfolio when growth goes on from here, without the net; null when it was not reckoned.</param>
/// <param name="Growth">The product of the factors of all sub-periods up to then; null when it was not reckoned.</param>
public sealed record ExternalFlow(DateTime At, decimal Net, decimal Withdrawn, decimal? Value, double? Growth)
{
    public decimal Deposited => Net + Withdrawn;
}

/// <summary>A portfolio's flows up to a moment.</summary>
public sealed class FlowSummary
{
    /// <summary>The days that had any, in the portfolio's time zone.</summary>
    public DateOnly[] Days { get; init; } = [];

    /// <summary>What came in on each, less what went out.</summary>
    public decimal[] Nets { get; init; } = [];

    /// <summary>The last one.</summary>
    public DateTime? LastAt { get; init; }

    /// <summary>Of the closing prices.</summary>
    public long PricesVersion { get; init; }

    /// <summary>The first day whose close has changed since the growth was reckoned.</summary>
    public DateOnly? PricesChanged { get; init; }
}

/// <summary>A lot that was held as of a moment, of which <paramref name="Sold"/> of its era's units had gone.</summary>
public sealed record OpenLot(string Instrument, Lot Lot, decimal Sold)
{
    /// <summary>Units that were left of it.</summary>
    public decimal Quantity => Lot.Upto - Math.Max(Sold, Lot.Upto - Lot.Quantity);

    /// <summary>What those have cost.</summary>
    public decimal Cost => Lot.Cost - Lot.CostOf(Sold);
}

/// <summary>Where the price of a holding is from.</summary>
public enum PriceSource
{
    /// <summary>The last closing price at or before the moment.</summary>
    Close,

    /// <summary>The last trade: no closing price was known.</summary>
    LastTrade,
}

/// <param name="AverageCost">Of a unit, rounded to 10 decimals.</param>
/// <param name="Price">Of a unit.</param>
/// <param name="PriceDate">The day of the close, or of the last trade where <paramref name="PriceSource"/> says so.</param>
/// <param name="RealisedGain">Of all sales of the instrument, first in, first out.</param>
public sealed record Holding(
    string Symbol, string? Isin, decimal Quantity, decimal AverageCost, decimal Cost, decimal Price, DateOnly PriceDate, PriceSource PriceSource, decimal MarketValue, decimal UnrealisedGain, decimal RealisedGain);

/// <summary>A portfolio as of a moment, in its currency. Always: total_portfolio − invested = unrealised_gain + realised_gain + income − fees.</summary>
/// <param name="At">UTC.</param>
/// <param name="Invested">Net contributions: deposits less withdrawals.</param>
/// <param name="CostBasis">What the holdings have cost, with charges, first in, first out.</param>
/// <param name="MarketValue">Of the holdings.</param>
/// <param name="TotalPortfolio">Cash and market value.</param>
/// <param name="RealisedGain">Of all sales, also of what is no longer held: less charges and cost.</param>
/// <param name="Income">Dividends.</param>
/// <param name="Contributions">Deposits.</param>
/// <param name="Roi">Return on investment: (total_portfolio − invested) / contributions, rounded to 10 decimals. Null without contributions.</param>
/// <param name="Xirr">The annual money-weighted rate, actual/365: 0.1 is 10 %. Null where xirr_reason says why.</param>
/// <param name="Twr">The time-weighted return since the first deposit, not annual: 0.1 is 10 %. Null before the first deposit.</param>
/// <param name="MissingPrices">Symbols of holdings without a closing price: they are valued at their last trade.</param>
/// <param name="Holdings">By symbol.</param>
public sealed record PortfolioReport(
    DateTime At, string Currency, decimal Cash, decimal Invested, decimal CostBasis, decimal MarketValue, decimal TotalPortfolio, decimal UnrealisedGain, decimal RealisedGain, decimal Income, decimal Fees,
    decimal Contributions, decimal Withdrawals, decimal? Roi, double? Xirr, string? XirrReason, double? Twr, IReadOnlyList<string> MissingPrices, IReadOnlyList<Holding> Holdings)
{
    const int RateDecimals = 10;

    /// <param name="positions">Of one moment.</param>
    public static PortfolioReport Of(DateTime at, PortfolioSettings settings, IReadOnlyList<ValuedPosition> positions, RateOfReturn xirr, double? twr)
    {
        Holding[] holdings = [.. positions.Where(one => one.Version.Quantity > 0).OrderBy(one => one.Symbol, StringComparer.Ordinal).Select(one => HoldingOf(one, settings.Zone))];
        decimal cash = Sum(one => one.Cash), cost = Sum(one => one.Cost), market = holdings.Sum(one => one.MarketValue), deposits = Sum(one => one.Deposits), withdrawals = Sum(one => one.Withdrawals);
        decimal total = cash + market, invested = deposits - withdrawals;
        return new(
            at, settings.Currency, cash, invested, cost, market, total, Amounts.Normal(market - cost), Sum(one => one.Realised), Sum(one => one.Income), Sum(one => one.Fees), deposits, withdrawals,
            deposits == 0 ? null : Amounts.Normal(Math.Round((total - invested) / deposits, RateDecimals)), Rounded(xirr.Rate), xirr.Reason, Rounded(twr),
            [.. holdings.Where(one => one.PriceSource == PriceSource.LastTrade).Select(one => one.Symbol)], holdings);

        decimal Sum(Func<PositionVersion, decimal> of) => Amounts.Normal(positions.Sum(one => of(one.Version)));
    }

    static double? Rounded(double? rate) => rate is { } some ? Math.Round(some, RateDecimals) : null;

    static Holding HoldingOf(ValuedPosition position, TimeZoneInfo zone)
    {
        var (now, price) = (position.Version, Amounts.Normal(position.Price ?? 0));
        return new(
            position.Symbol, position.Isin, now.Quantity, Amounts.Normal(Math.Round(now.Cost / now.Quantity, Amounts.CostDecimals)), now.Cost, price,
            position.PriceDate ?? Moment.DayOf(now.TradeAt!.Value, zone), position.PriceDate is null ? PriceSource.LastTrade : PriceSource.Close,
            position.MarketValue, Amounts.Normal(position.MarketValue - now.Cost), now.Realised);
    }
}
