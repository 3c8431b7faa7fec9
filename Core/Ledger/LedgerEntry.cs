using System.Text.Json.Serialization;

namespace Core.Ledger;

/// <summary>Where an entry stands in the history.</summary>
public readonly record struct Place(DateTime At, EntryKind Kind, Guid Id) : IComparable<Place>
{
    public int CompareTo(Place other) =>
        At.CompareTo(other.At) is not 0 and var at ? at
        : Kind.CompareTo(other.Kind) is not 0 and var kind ? kind
        // Ids are compared as Postgres does: by their bytes.
        : Id.CompareTo(other.Id);
}

/// <summary>One thing that an investor did, or that happened to what they hold.</summary>
/// <param name="At">UTC, to the microsecond.</param>
/// <param name="Symbol">As written, in upper case; null without an instrument.</param>
/// <param name="Quantity">Of a purchase or sale.</param>
/// <param name="Price">Of one unit.</param>
/// <param name="Amount">Of a deposit, withdrawal, dividend or fee.</param>
/// <param name="Charges">Of a purchase, which they make dearer, or a sale, of which they take.</param>
/// <param name="Ratio">Of a split: so many new units for <paramref name="Per"/> old ones.</param>
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
    DateTime CreatedAt)
{
    [JsonIgnore]
    public Place Place => new(At, Type, Id);

    /// <summary>What the entry adds to the cash account.</summary>
    /// <exception cref="OverflowException">It has more digits than a decimal holds.</exception>
    public decimal Cash => Type switch
    {
        EntryKind.Deposit or EntryKind.Dividend => Amount!.Value,
        EntryKind.Withdrawal or EntryKind.Fee => -Amount!.Value,
        EntryKind.Buy => -Amounts.Sum(Value, Charges ?? 0),
        EntryKind.Sell => Amounts.Sum(Value, -(Charges ?? 0)),
        _ => 0,
    };

    decimal Value => Amounts.Product(Quantity!.Value, Price!.Value);
}
