using System.Runtime.CompilerServices;

namespace FunctionsApp.Core.Ledger;

/// <summary>
/// A user's entries, page by page. Each page is read completely and its connection released before any of it is written, so a slow reader
/// holds no connection. Entries that change meanwhile may be included or not.
/// </summary>
public sealed class EntryExport : IDisposable
{
    /// <summary>The number of entries on a page.</summary>
    public const int PageSize = 1_000;

    readonly EntryStore store;
    readonly Guid userId;
    readonly IReadOnlyList<LedgerEntry> first;
    readonly IDisposable counted;

    EntryExport(EntryStore store, Guid userId, IReadOnlyList<LedgerEntry> first, IDisposable counted) =>
        (this.store, this.userId, this.first, this.counted) = (store, userId, first, counted);

    /// <summary>Reads the first page, so that an export that the database cannot serve fails before its first byte.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.TooMany"/>: too many exports of the user are running.</exception>
    internal static async Task<EntryExport> BeginAsync(
        EntryStore store,
        LedgerLimits limits,
        Guid userId,
        CancellationToken cancellationToken
    )
    {
        var counted = limits.BeginExport(userId);
        try
        {
            return new(store, userId, await store.ReadAfterAsync(userId, null, PageSize, cancellationToken), counted);
        }
        catch
        {
            counted.Dispose();
            throw;
        }
    }

    /// <summary>All entries, oldest first.</summary>
    public async IAsyncEnumerable<LedgerEntry> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var page = first;
        while (true)
        {
            foreach (var entry in page)
                yield return entry;
            if (page.Count < PageSize)
                yield break;
            page = await store.ReadAfterAsync(userId, page[^1].EntryPosition, PageSize, cancellationToken);
        }
    }

    /// <summary>Ends the export, so that another one can start.</summary>
    public void Dispose() => counted.Dispose();
}
