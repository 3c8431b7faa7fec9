namespace FunctionsApp.Core.Ledger;

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
