using System.Text.Json.Serialization;

namespace FunctionsApp.Core.Ledger;

/// <summary>Where an entry stands in the history.</summary>
public readonly record struct EntryPosition(DateTime At, EntryKind Kind, Guid Id) : IComparable<EntryPosition>
{
    public int CompareTo(EntryPosition other) =>
        At.CompareTo(other.At) is not 0 and var at ? at
        : Kind.CompareTo(other.Kind) is not 0 and var kind ? kind
        // Ids are compared as Postgres does: by their bytes.
        : Id.CompareTo(other.Id);
}
