using System.Globalization;

namespace FunctionsApp.Core.Ledger;

/// <summary>A purchase or sale of a security, as in a broker's tradebook.</summary>
/// <param name="Line">The line in the file.</param>
/// <param name="At">UTC, to the microsecond.</param>
/// <param name="Price">The price of one unit.</param>
/// <param name="Exchange">In upper case.</param>
/// <param name="TradeId">The exchange's number of the trade, which is unique on one day.</param>
public sealed record Trade(
    int Line,
    string Symbol,
    string? Isin,
    DateTime At,
    bool IsBuy,
    decimal Quantity,
    decimal Price,
    string Exchange,
    string TradeId,
    DateOnly TradeDate
)
{
    /// <summary>Identifies the trade across files: the exchange, the day and the exchange's number.</summary>
    public string Key => string.Create(CultureInfo.InvariantCulture, $"{Exchange} {TradeDate:yyyy-MM-dd} {TradeId}");
}
