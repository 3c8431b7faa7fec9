using System.Globalization;
using FunctionsApp.Core.Ledger;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>A row of a tradebook, as a broker exports it, and the same trade as a caller would record it.</summary>
/// <param name="Time">Local, as 2024-01-05T10:15:00; a date alone has no execution time.</param>
/// <param name="Quantity">Below zero for a sale.</param>
sealed record TradeRow(string Symbol, string Time, decimal Quantity, decimal Price, string Id, string Isin = "", string Exchange = "NSE")
{
    const string Header =
        "symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,order_execution_time";

    public EntryKind Kind => Quantity > 0 ? EntryKind.Buy : EntryKind.Sell;

    public NewEntry Entry => new(Kind, Time, Symbol, Isin.Length == 0 ? null : Isin, Math.Abs(Quantity), Price);

    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Symbol},{Isin},{Time[..10]},{Exchange},EQ,EQ,{(Quantity > 0 ? "buy" : "sell")},false,"
                + $"{Math.Abs(Quantity)},{Price},{Id},1100000000000001,{(Time.Length > 10 ? Time : "")}"
        );

    /// <summary>A file of some trades.</summary>
    public static string File(params IEnumerable<TradeRow> rows) => string.Join('\n', [Header, .. rows.Select(row => $"{row}")]) + "\n";
}
