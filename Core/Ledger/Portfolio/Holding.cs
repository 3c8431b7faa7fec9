namespace FunctionsApp.Core.Ledger;

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

/// <summary>Where a price comes from: the last closing price, or the last trade if there is no closing price.</summary>
public enum PriceSource
{
    /// <summary>The last closing price at or before the moment.</summary>
    Close,

    /// <summary>The last trade: no closing price was known.</summary>
    LastTrade,
}
