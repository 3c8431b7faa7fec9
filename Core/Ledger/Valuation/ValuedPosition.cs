namespace FunctionsApp.Core.Ledger;

/// <summary>The position of an instrument, or of the cash account, as of a moment.</summary>
/// <param name="Moment">The index of the moment in the request.</param>
/// <param name="Price">The price of one unit; null if it was never traded nor priced.</param>
/// <param name="PriceDate">The day of the close; null if the price is that of the last trade.</param>
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
