using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Core.Ledger;

/// <summary>
/// Erases the ledger of a deleted account: entries with their notes, everything computed from them, settings and idempotency
/// keys.
/// </summary>
public sealed class LedgerPersonalData(LedgerErasureStore store) : IPersonalData
{
    /// <summary>The maximum number of rows that one statement deletes, so that no transaction takes long.</summary>
    public const int BatchSize = 5_000;

    public async Task EraseAsync(Guid userId, CancellationToken cancellationToken)
    {
        while (await store.EraseAsync(userId, BatchSize, cancellationToken) > 0)
            cancellationToken.ThrowIfCancellationRequested();
    }
}
