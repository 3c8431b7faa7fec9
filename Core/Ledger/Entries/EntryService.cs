namespace FunctionsApp.Core.Ledger;

/// <summary>Records, lists and removes entries.</summary>
public sealed class EntryService(EntryStore entries, PortfolioChanges changes, LedgerLimits limits, TimeProvider time)
{
    /// <summary>Records an entry and recalculates what follows from it.</summary>
    /// <param name="key">The idempotency key: a repeated request gets the first response. Null for none.</param>
    /// <exception cref="RefusedException">
    /// <see cref="Refusal.Invalid"/>; <see cref="Refusal.Conflict"/> if more would be sold than held or the cash balance would be negative
    /// at any moment of the resulting history, for two splits at one moment, and for another currency; <see cref="Refusal.KeyReused"/> if
    /// the key was used for another entry.
    /// </exception>
    public Task<LedgerEntry> AddAsync(Guid userId, NewEntry written, string? key, CancellationToken cancellationToken)
    {
        var request = KeyedEntry.HashOf(written);
        return changes.RunAsync(
            userId,
            change => AddAsync(change, written, key, request),
            cancellationToken,
            isIdempotent: key is not null
        );
    }

    /// <summary>Removes an entry and recalculates what follows from it.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>; <see cref="Refusal.Conflict"/> if the remaining history would be
    /// impossible.</exception>
    public Task RemoveAsync(Guid userId, Guid id, CancellationToken cancellationToken) =>
        changes.RunAsync(userId, change => RemoveAsync(change, id), cancellationToken);

    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>.</exception>
    public async Task<LedgerEntry> ReadAsync(Guid userId, Guid id, CancellationToken cancellationToken) =>
        await entries.ReadAsync(userId, id, cancellationToken) ?? throw NoEntry();

    /// <summary>A user's entries, latest first.</summary>
    /// <param name="name">Only entries of the instrument with this symbol or ISIN; null for all.</param>
    public async Task<KeysetPage<LedgerEntry>> ListAsync(
        Guid userId,
        EntryPageRequest request,
        string? name,
        CancellationToken cancellationToken
    ) =>
        request.PageOf(
            await entries.ReadBeforeAsync(userId, request.Before, name?.Trim().ToUpperInvariant(), request.Limit + 1, cancellationToken)
        );

    /// <summary>All entries, oldest first.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.TooMany"/>: too many exports of the user are running.</exception>
    public Task<EntryExport> ExportAsync(Guid userId, CancellationToken cancellationToken) =>
        EntryExport.BeginAsync(entries, limits, userId, cancellationToken);

    async Task<LedgerEntry> AddAsync(PortfolioChange change, NewEntry written, string? key, byte[] request)
    {
        PendingResult<(byte[] Request, string Response)?>? first = null;
        PendingResult<InstrumentNames>? instruments = null;
        PendingResult<PositionVersion>? cash = null;
        await change.LockAsync(() =>
        {
            if (key is not null)
                first = change.Keys.ReadLater(key);
            if (written.Names is { Length: > 0 } names)
                instruments = change.Instruments.ReadNamesLater(names);
            else
                cash = change.Positions.ReadBeforeLater(Instrument.CashAccount, EntryPosition.Last);
        });
        if (first?.Value is { } stored)
        {
            return stored.Request.AsSpan().SequenceEqual(request)
                ? KeyedEntry.Read(stored.Response)
                : throw new RefusedException(Refusal.KeyReused, "The Idempotency-Key was used for another entry.");
        }

        var entry = written.Checked(Guid.CreateVersion7(), change.Portfolio.Settings, MomentInput.Now(time));
        var instrument = instruments is null ? Instrument.CashAccount : await InstrumentOfAsync(change, entry, instruments.Value);
        var last = cash is null ? await change.Positions.ReadBeforeAsync(instrument, EntryPosition.Last) : cash.Value;
        if (!await change.Entries.AddAsync(entry, instrument))
            throw RefusedException.Conflict("at", $"There is a split of {entry.Symbol ?? entry.Isin} at this moment already.");
        await new Recalculation(change).AddAsync(instrument, last, entry);
        await UpdateCashAsync(change, entry, entry.Cash);
        if (key is not null)
            change.Keys.Add(key, request, KeyedEntry.Write(entry));
        return entry;
    }

    static async Task<LedgerEntry> RemoveAsync(PortfolioChange change, Guid id)
    {
        await change.LockAsync();
        var (entry, instrument) = await change.Entries.RemoveAsync(id) ?? throw NoEntry();
        change.Instruments.RemoveNames(instrument, entry);
        if (entry.Cash != 0)
            change.Cash.DeleteEmpty(entry.At);
        await new Recalculation(change).RecalculateAsync(instrument, entry.EntryPosition);
        await UpdateCashAsync(change, entry, -entry.Cash);
        return entry;
    }

    // The instrument of an entry with a symbol or an ISIN. Its names are stored.
    static async Task<string> InstrumentOfAsync(PortfolioChange change, LedgerEntry entry, InstrumentNames names)
    {
        var instrument =
            names.Find(entry.Symbol, entry.Isin)
            ?? throw RefusedException.Invalid("isin", "Is not known from an earlier entry. Give the symbol too.");
        await change.Instruments.WriteNamesAsync(names.Learned);
        return instrument;
    }

    // After an entry was added or removed.
    static async Task UpdateCashAsync(PortfolioChange change, LedgerEntry entry, decimal difference)
    {
        if (difference != 0)
            change.Cash.UpdateDays([DateOnly.FromDateTime(entry.At)]);
        // More cash cannot overdraw the account.
        if (difference < 0)
            await change.RejectOverdraftAsync();
        if (entry.Type is EntryKind.Deposit or EntryKind.Withdrawal)
            change.Cash.UpdateFlows([entry.At], change.Portfolio.Settings.Zone);
        change.Complete(entry.At);
    }

    static RefusedException NoEntry() => new(Refusal.NotFound, "There is no such entry.");
}
