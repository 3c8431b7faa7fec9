namespace FunctionsApp.Core.Ledger;

/// <summary>The position of an entry in the history: entries of one moment are ordered by kind, then by id.</summary>
public readonly record struct EntryPosition(DateTime At, EntryKind Kind, Guid Id) : IComparable<EntryPosition>
{
    /// <summary>Before any entry.</summary>
    internal static EntryPosition First { get; } = new(DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc), default, Guid.Empty);

    /// <summary>After any entry.</summary>
    internal static EntryPosition Last { get; } =
        new(DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc), EntryKind.Withdrawal, Guid.AllBitsSet);

    public int CompareTo(EntryPosition other) =>
        At.CompareTo(other.At) is not 0 and var at ? at
        : Kind.CompareTo(other.Kind) is not 0 and var kind ? kind
        // Ids are compared as Postgres does: by their bytes.
        : Id.CompareTo(other.Id);

    public static bool operator <(EntryPosition left, EntryPosition right) => left.CompareTo(right) < 0;

    public static bool operator >(EntryPosition left, EntryPosition right) => left.CompareTo(right) > 0;

    public static bool operator <=(EntryPosition left, EntryPosition right) => left.CompareTo(right) <= 0;

    public static bool operator >=(EntryPosition left, EntryPosition right) => left.CompareTo(right) >= 0;
}
