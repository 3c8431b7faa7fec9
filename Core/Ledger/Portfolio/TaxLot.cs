namespace FunctionsApp.Core.Ledger;

/// <summary>An open lot: units of one purchase that are still held.</summary>
/// <param name="Symbol">The exchange symbol.</param>
/// <param name="Isin">The ISIN, or null.</param>
/// <param name="EntryId">The id of the purchase.</param>
/// <param name="OpenedAt">When the units were bought.</param>
/// <param name="Quantity">The number of units that are left.</param>
/// <param name="Cost">Their cost including charges.</param>
/// <param name="Price">The price of one unit.</param>
/// <param name="MarketValue">Their value at that price.</param>
/// <param name="UnrealisedGain">The market value less the cost.</param>
/// <param name="Term">Whether a sale would be short-term or long-term.</param>
/// <param name="LongTermAfter">The last day on which a sale is short-term.</param>
public sealed record TaxLot(
    string Symbol,
    string? Isin,
    Guid EntryId,
    DateTime OpenedAt,
    decimal Quantity,
    decimal Cost,
    decimal Price,
    decimal MarketValue,
    decimal UnrealisedGain,
    Term Term,
    DateOnly LongTermAfter
);

/// <summary>Whether a holding is short-term or long-term.</summary>
public enum Term
{
    Short,
    Long,
}
