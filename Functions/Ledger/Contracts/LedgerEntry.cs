namespace FunctionsApp.Functions.Ledger;

/// <summary>An entry of the ledger.</summary>
/// <param name="Id">The id of the entry.</param>
/// <param name="Type">What was recorded.</param>
/// <param name="At">When it happened.</param>
/// <param name="Symbol">The exchange symbol, or null if the entry has no instrument.</param>
/// <param name="Isin">The ISIN, or null.</param>
/// <param name="Quantity">The number of units of a buy or sell.</param>
/// <param name="Price">The price of one unit of a buy or sell.</param>
/// <param name="Amount">The amount of a deposit, withdrawal, dividend or fee.</param>
/// <param name="Charges">The charges of a buy or sell.</param>
/// <param name="Ratio">The number of new units of a split for `per` old units.</param>
/// <param name="Per">The number of old units of a split.</param>
/// <param name="Note">The note, or null.</param>
/// <param name="CreatedAt">When the entry was recorded.</param>
/// <param name="Cash">How the entry changes the cash balance.</param>
public sealed record LedgerEntry(
    Guid Id,
    EntryKind Type,
    DateTime At,
    string? Symbol,
    string? Isin,
    decimal? Quantity,
    decimal? Price,
    decimal? Amount,
    decimal? Charges,
    decimal? Ratio,
    decimal? Per,
    string? Note,
    DateTime CreatedAt,
    decimal Cash
)
{
    public static LedgerEntry From(Core.Ledger.LedgerEntry entry) =>
        new(
            entry.Id,
            EntryKinds.From(entry.Type),
            entry.At,
            entry.Symbol,
            entry.Isin,
            entry.Quantity,
            entry.Price,
            entry.Amount,
            entry.Charges,
            entry.Ratio,
            entry.Per,
            entry.Note,
            entry.CreatedAt,
            entry.Cash
        );
}
