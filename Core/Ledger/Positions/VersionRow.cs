namespace FunctionsApp.Core.Ledger;

/// <summary>A row of <c>position_versions</c>.</summary>
record VersionRow : PositionVersion
{
    public DateTime At { get; init; }

    public short Kind { get; init; }

    public Guid EntryId { get; init; }

    public PositionVersion Version => this with { EntryPosition = new(At, (EntryKind)Kind, EntryId) };
}
