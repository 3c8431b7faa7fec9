namespace FunctionsApp.Core.Ledger;

/// <summary>A moment as of which something is valued.</summary>
/// <param name="At">All entries before it count.</param>
/// <param name="LastKind">Of those at it, the ones up to this kind.</param>
/// <param name="LastDay">The last day whose closing prices were known.</param>
public readonly record struct ValuationMoment(DateTime At, EntryKind LastKind, DateOnly LastDay)
{
    /// <summary>A close counts from the end of its day.</summary>
    public static ValuationMoment Of(DateTime at, TimeZoneInfo zone) => new(at, EntryKind.Withdrawal, LastClose(at, zone));

    /// <summary>
    /// Before the deposits of a moment and what comes after them, with the prices that were known at it: those are of units as
    /// splits at it left them.
    /// </summary>
    public static ValuationMoment BeforeDeposits(DateTime at, TimeZoneInfo zone) => new(at, EntryKind.Split, LastClose(at, zone));

    static DateOnly LastClose(DateTime at, TimeZoneInfo zone)
    {
        var day = Moment.DayOf(at, zone);
        return Moment.EndOf(day, zone) <= at ? day : day.AddDays(-1);
    }
}

/// <summary>The position of an instrument, or of the cash account, as of a moment.</summary>
/// <param name="Moment">The place of the moment among those that were asked for.</param>
/// <param name="Price">Of one unit; null when it was never traded nor priced.</param>
/// <param name="PriceDate">Of the close; null when the price is that of the last trade.</param>
public sealed record ValuedPosition(
    int Moment,
    string Instrument,
    string Symbol,
    string? Isin,
    PositionVersion Version,
    decimal? Price,
    DateOnly? PriceDate
)
{
    public decimal MarketValue => Amounts.Normal(Version.Quantity * (Price ?? 0));
}

/// <summary>The totals of a portfolio as of a moment.</summary>
public sealed record Totals(
    int Moment,
    decimal Cash,
    decimal MarketValue,
    decimal Deposits,
    decimal Withdrawals,
    decimal Realised,
    decimal RealisedLong
)
{
    public decimal Value => Cash + MarketValue;
}

/// <summary>Money from outside or to it at one moment.</summary>
/// <param name="Net">What came in, less what went out.</param>
/// <param name="Withdrawn">What went out.</param>
/// <param name="Value">Of the portfolio when growth goes on from here, without the net; null when it was not calculated.</param>
/// <param name="Growth">The product of the factors of all sub-periods up to then; null when it was not calculated.</param>
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

    /// <summary>The first day whose close has changed since the growth was calculated.</summary>
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

/// <summary>Where a price comes from: the last closing price, or the last trade if there is no closing price.</summary>
public enum PriceSource
{
    /// <summary>The last closing price at or before the moment.</summary>
    Close,

    /// <summary>The last trade: no closing price was known.</summary>
    LastTrade,
}

/// <summary>A holding.</summary>
/// <param name="Symbol">The exchange symbol.</param>
/// <param name="Isin">The ISIN, or null.</param>
/// <param name="Quantity">The number of units.</param>
/// <param name="AverageCost">The average cost of one unit, rounded to 10 decimals.</param>
/// <param name="Cost">The cost of the units including charges, first in, first out.</param>
/// <param name="Price">The price of one unit.</param>
/// <param name="PriceDate">The day of the price.</param>
/// <param name="PriceSource">Where the price comes from.</param>
/// <param name="MarketValue">The value of the units at that price.</param>
/// <param name="UnrealisedGain">The market value less the cost.</param>
/// <param name="RealisedGain">The gain of all sales of the instrument, first in, first out.</param>
public sealed record Holding(
    string Symbol,
    string? Isin,
    decimal Quantity,
    decimal AverageCost,
    decimal Cost,
    decimal Price,
    DateOnly PriceDate,
    PriceSource PriceSource,
    decimal MarketValue,
    decimal UnrealisedGain,
    decimal RealisedGain
);

/// <summary>A portfolio as of a moment. total_portfolio − invested = unrealised_gain + realised_gain + income − fees.</summary>
/// <param name="At">The moment.</param>
/// <param name="Currency">The currency of all amounts (ISO 4217).</param>
/// <param name="Cash">The cash balance.</param>
/// <param name="Invested">The net contributions: deposits less withdrawals.</param>
/// <param name="CostBasis">The cost of the holdings including charges, first in, first out.</param>
/// <param name="MarketValue">The value of the holdings.</param>
/// <param name="TotalPortfolio">Cash and market value.</param>
/// <param name="UnrealisedGain">The market value less the cost basis.</param>
/// <param name="RealisedGain">The gain of all sales: proceeds less charges and cost.</param>
/// <param name="Income">The dividends.</param>
/// <param name="Fees">The fees.</param>
/// <param name="Contributions">The deposits.</param>
/// <param name="Withdrawals">The withdrawals.</param>
/// <param name="Roi">The return on investment: (total_portfolio − invested) / contributions. Null without contributions.</param>
/// <param name="Xirr">The annual money-weighted return (actual/365): 0.1 means 10 %. Null if it cannot be computed.</param>
/// <param name="XirrReason">Why `xirr` is null, or null.</param>
/// <param name="Twr">The cumulative time-weighted return since the first deposit: 0.1 means 10 %. Null before the first deposit.</param>
/// <param name="MissingPrices">The symbols of holdings without a closing price. They are valued at the price of the last trade.</param>
/// <param name="Holdings">The holdings by symbol.</param>
public sealed record PortfolioReport(
    DateTime At,
    string Currency,
    decimal Cash,
    decimal Invested,
    decimal CostBasis,
    decimal MarketValue,
    decimal TotalPortfolio,
    decimal UnrealisedGain,
    decimal RealisedGain,
    decimal Income,
    decimal Fees,
    decimal Contributions,
    decimal Withdrawals,
    decimal? Roi,
    double? Xirr,
    string? XirrReason,
    double? Twr,
    IReadOnlyList<string> MissingPrices,
    IReadOnlyList<Holding> Holdings
)
{
    const int RateDecimals = 10;

    /// <param name="positions">Of one moment.</param>
    public static PortfolioReport Of(
        DateTime at,
        PortfolioSettings settings,
        IReadOnlyList<ValuedPosition> positions,
        RateOfReturn xirr,
        double? twr
    )
    {
        Holding[] holdings =
        [
            .. positions
                .Where(one => one.Version.Quantity > 0)
                .OrderBy(one => one.Symbol, StringComparer.Ordinal)
                .Select(one => HoldingOf(one, settings.Zone)),
        ];
        decimal cash = Sum(one => one.Cash),
            cost = Sum(one => one.Cost),
            market = holdings.Sum(one => one.MarketValue),
            deposits = Sum(one => one.Deposits),
            withdrawals = Sum(one => one.Withdrawals);
        decimal total = cash + market,
            invested = deposits - withdrawals;
        return new(
            at,
            settings.Currency,
            cash,
            invested,
            cost,
            market,
            total,
            Amounts.Normal(market - cost),
            Sum(one => one.Realised),
            Sum(one => one.Income),
            Sum(one => one.Fees),
            deposits,
            withdrawals,
            deposits == 0 ? null : Amounts.Normal(Math.Round((total - invested) / deposits, RateDecimals)),
            Rounded(xirr.Rate),
            xirr.Reason,
            Rounded(twr),
            [.. holdings.Where(one => one.PriceSource == PriceSource.LastTrade).Select(one => one.Symbol)],
            holdings
        );

        decimal Sum(Func<PositionVersion, decimal> of) => Amounts.Normal(positions.Sum(one => of(one.Version)));
    }

    static double? Rounded(double? rate) => rate is { } some ? Math.Round(some, RateDecimals) : null;

    static Holding HoldingOf(ValuedPosition position, TimeZoneInfo zone)
    {
        var (now, price) = (position.Version, Amounts.Normal(position.Price ?? 0));
        return new(
            position.Symbol,
            position.Isin,
            now.Quantity,
            Amounts.Normal(Math.Round(now.Cost / now.Quantity, Amounts.CostDecimals)),
            now.Cost,
            price,
            position.PriceDate ?? Moment.DayOf(now.TradeAt!.Value, zone),
            position.PriceDate is null ? PriceSource.LastTrade : PriceSource.Close,
            position.MarketValue,
            Amounts.Normal(position.MarketValue - now.Cost),
            now.Realised
        );
    }
}
