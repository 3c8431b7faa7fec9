using System.Runtime.CompilerServices;

namespace FunctionsApp.Core.Ledger;

/// <summary>
/// A user's entries, page by page. Each page is read completely and its connection released before anything of it is written, so a slow
/// reader holds none. Entries that change meanwhile may be in it or not.
/// </summary>
public sealed class EntryExport : IDisposable
{
    /// <summary>Entries of a page.</summary>
    public const int PageSize = 1_000;

    readonly EntryStore store;
    readonly Guid userId;
    readonly IReadOnlyList<LedgerEntry> first;
    readonly IDisposable counted;

    EntryExport(EntryStore store, Guid userId, IReadOnlyList<LedgerEntry> first, IDisposable counted) =>
        (this.store, this.userId, this.first, this.counted) = (store, userId, first, counted);

    /// <summary>Reads the first page: when the database does not answer, it fails before the first byte.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.TooMany"/>: too many exports of the user run.</exception>
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

    /// <summary>All entries, the first one first.</summary>
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

    /// <summary>Ends the export: another one may begin.</summary>
    public void Dispose() => counted.Dispose();
}
