namespace FunctionsApp.Core.Ledger;

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
    DateTime CreatedAt
)
{
    public EntryPosition EntryPosition => new(At, Type, Id);

    /// <summary>How the entry changes the cash balance.</summary>
    /// <exception cref="OverflowException">It has more digits than a decimal holds.</exception>
    public decimal Cash =>
        Type switch
        {
            EntryKind.Deposit or EntryKind.Dividend => Amount!.Value,
            EntryKind.Withdrawal or EntryKind.Fee => -Amount!.Value,
            EntryKind.Buy => -Amounts.Sum(Value, Charges ?? 0),
            EntryKind.Sell => Amounts.Sum(Value, -(Charges ?? 0)),
            _ => 0,
        };

    decimal Value => Amounts.Product(Quantity!.Value, Price!.Value);
}
