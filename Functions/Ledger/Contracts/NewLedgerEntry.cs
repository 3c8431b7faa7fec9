using System.ComponentModel.DataAnnotations;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Ledger;

/// <summary>An entry to record.</summary>
/// <param name="Type">What to record. A deposit, withdrawal, dividend or fee needs `amount`; a buy or sell needs `quantity` and `price`; a
/// split needs `ratio`.</param>
/// <param name="At">When it happened (RFC 3339). Without an offset, the time is in the time zone of the portfolio. A date alone means the
/// end of that day. Entries can be backdated.</param>
/// <param name="Symbol">The exchange symbol, in any case. Required for a buy, sell or split unless a known `isin` is given; optional for a
/// dividend or fee.</param>
/// <param name="Isin">The ISIN (ISO 6166).</param>
/// <param name="Quantity">The number of units: greater than 0, at most 10 decimals.</param>
/// <param name="Price">The price of one unit: at least 0, at most 6 decimals.</param>
/// <param name="Amount">The amount: greater than 0, at most 4 decimals.</param>
/// <param name="Charges">The charges of a buy or sell: at least 0, at most 4 decimals. They increase the cost or reduce the
/// proceeds.</param>
/// <param name="Ratio">The number of new units for `per` old units. For example, a bonus of 1 for 2 is 1.5.</param>
/// <param name="Per">The number of old units that `ratio` refers to. The default is 1.</param>
/// <param name="Currency">The currency of the portfolio (ISO 4217). It can be left out.</param>
/// <param name="Note">A note of up to 500 characters.</param>
public sealed record NewLedgerEntry(
    EntryKind Type,
    [property: StringLength(NewEntry.MaxAtLength, MinimumLength = 1)] string At,
    [property: StringLength(Instrument.MaxSymbolLength, MinimumLength = 1)] string? Symbol = null,
    string? Isin = null,
    decimal? Quantity = null,
    decimal? Price = null,
    decimal? Amount = null,
    decimal? Charges = null,
    decimal? Ratio = null,
    decimal? Per = null,
    string? Currency = null,
    [property: StringLength(NewEntry.MaxNoteLength)] string? Note = null
) : IExample<NewLedgerEntry>
{
    public static NewLedgerEntry Example => new(EntryKind.Deposit, "2024-01-10T10:15:00+05:30", Amount: 50000m, Note: "First deposit");

    /// <summary>The entry for the core. A method, since a property would be part of the JSON contract.</summary>
    public NewEntry ToEntry() =>
        new(EntryKinds.ToCore(Type), At, Symbol, Isin, Quantity, Price, Amount, Charges, Ratio, Per, Currency, Note);
}
