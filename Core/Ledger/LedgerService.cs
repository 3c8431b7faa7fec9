using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;

namespace FunctionsApp.Core.Ledger;

/// <summary>The module's face: what is recorded, and what follows from it.</summary>
public sealed partial class LedgerService(
    LedgerStore store,
    LedgerLimits limits,
    UploadSpool uploads,
    TimeProvider time,
    ILogger<LedgerService> logger
)
{
    /// <summary>The instrument that stands for the cash account.</summary>
    const string CashAccount = "";

    // So many entries are followed in one go.
    const int Batch = 5_000;

    // From so many on they are copied, which takes more round trips and less work for each.
    const int ManyEntries = 200;

    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(4);

    // Moments are kept to the microsecond.
    DateTime Now => new(time.GetUtcNow().UtcTicks / TimeSpan.TicksPerMicrosecond * TimeSpan.TicksPerMicrosecond, DateTimeKind.Utc);

    /// <summary>Records an entry; history after it follows.</summary>
    /// <param name="key">What the caller knows this request by: the same again is answered with the first answer. Null for none.</param>
    /// <exception cref="RefusedException">
    /// <see cref="Refusal.Invalid"/>; <see cref="Refusal.Conflict"/> when more would be sold than is held, or more spent than there is, at
    /// any moment of the history that results, for two splits at one moment, and for another currency; <see cref="Refusal.KeyReused"/> for
    /// the key of another entry.
    /// </exception>
    public async Task<LedgerEntry> AddAsync(Guid userId, NewEntry written, string? key, CancellationToken cancellationToken)
    {
        var request = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(written, LedgerKeyJson.Default.NewEntry));
        return await ChangeAsync(
            userId,
            async change =>
            {
                if (key is not null && await change.ReadKeyAsync(key) is { } first)
                {
                    return first.Request.AsSpan().SequenceEqual(request)
                        ? JsonSerializer.Deserialize(first.Answer, LedgerKeyJson.Default.LedgerEntry)!
                        : throw new RefusedException(Refusal.KeyReused, "The Idempotency-Key was used for another entry.");
                }

                var entry = written.Checked(Guid.CreateVersion7(), change.Portfolio.Settings, Now);
                await RejectOverflowAsync(async () =>
                {
                    var instrument = await InstrumentOfAsync(change, entry);
                    if (!await change.AddEntryAsync(entry, instrument))
                        throw RefusedException.Conflict("at", $"There is a split of {instrument} at this moment already.");
                    await RecalculateAsync(change, instrument, entry.EntryPosition);
                    await UpdateCashAsync(change, [entry]);
                    return true;
                });
                if (key is not null)
                    await change.AddKeyAsync(key, request, JsonSerializer.Serialize(entry, LedgerKeyJson.Default.LedgerEntry));
                return entry;
            },
            cancellationToken
        );
    }

    /// <summary>Takes an entry out; history after it follows.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>; <see cref="Refusal.Conflict"/> when what remains would be
    /// impossible.</exception>
    public Task RemoveAsync(Guid userId, Guid id, CancellationToken cancellationToken) =>
        ChangeAsync(
            userId,
            async change =>
            {
                var (entry, instrument) = await change.RemoveEntryAsync(id) ?? throw NoEntry();
                return await RejectOverflowAsync(async () =>
                {
                    await RecalculateAsync(change, instrument, entry.EntryPosition);
                    await UpdateCashAsync(change, [entry]);
                    return true;
                });
            },
            cancellationToken
        );

    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>.</exception>
    public async Task<LedgerEntry> ReadEntryAsync(Guid userId, Guid id, CancellationToken cancellationToken) =>
        await store.ReadEntryAsync(userId, id, cancellationToken) ?? throw NoEntry();

    /// <summary>A user's entries, the latest first.</summary>
    /// <param name="name">Only those of the instrument of this symbol or ISIN; null for all.</param>
    public async Task<Page<LedgerEntry>> ReadEntriesAsync(
        Guid userId,
        EntryPageRequest request,
        string? name,
        CancellationToken cancellationToken
    ) =>
        request.PageOf(
            await store.ReadEntriesAsync(userId, request.Before, name?.Trim().ToUpperInvariant(), request.Limit + 1, cancellationToken)
        );

    /// <summary>All entries, the first one first.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.TooMany"/>: too many exports of the user run.</exception>
    public Task<EntryExport> ExportAsync(Guid userId, CancellationToken cancellationToken) =>
        EntryExport.BeginAsync(store, limits, userId, cancellationToken);

    public async Task<PortfolioSettings> ReadSettingsAsync(Guid userId, CancellationToken cancellationToken) =>
        (await store.ReadPortfolioAsync(userId, cancellationToken))?.Settings ?? PortfolioSettings.Default;

    /// <summary>Sets how a portfolio is kept, before anything is recorded.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>; <see cref="Refusal.Conflict"/> once there are entries.</exception>
    public Task<PortfolioSettings> WriteSettingsAsync(Guid userId, PortfolioSettings settings, CancellationToken cancellationToken)
    {
        settings.Checked();
        return ChangeAsync(
            userId,
            async change =>
            {
                if (settings != change.Portfolio.Settings && !await change.IsEmptyAsync())
                    throw new RefusedException(
                        Refusal.Conflict,
                        "There are entries. How a portfolio is kept can be changed only while it has none."
                    );
                await change.WriteSettingsAsync(settings);
                return settings;
            },
            cancellationToken
        );
    }

    async Task<T> ChangeAsync<T>(Guid userId, Func<PortfolioStore, Task<T>> change, CancellationToken cancellationToken)
    {
        using var turn = await limits.EnterAsync(userId, cancellationToken);
        return await store.ChangeAsync(userId, Timeout, change, cancellationToken);
    }

    // The instrument of an entry. Its names are stored.
    static async Task<string> InstrumentOfAsync(PortfolioStore change, LedgerEntry entry)
    {
        if (entry.Symbol is null && entry.Isin is null)
            return CashAccount;
        string[] written = [.. new[] { entry.Symbol, entry.Isin }.OfType<string>()];
        var names = new InstrumentNames(await change.ReadNamesAsync(written));
        var instrument =
            names.Find(entry.Symbol, entry.Isin)
            ?? throw RefusedException.Invalid("isin", "Is not known from an earlier entry. Give the symbol too.");
        await change.WriteInstrumentsAsync(names.Learned);
        return instrument;
    }

    // Recalculates an instrument's positions from a place in its history on. It costs in proportion to its entries after that.
    static async Task RecalculateAsync(PortfolioStore change, string instrument, EntryPosition from)
    {
        var before = await change.ReadBeforeAsync(instrument, from);
        await change.ForgetAfterAsync(instrument, before);
        for (IReadOnlyList<LedgerEntry> entries = []; entries.Count is 0 or Batch; )
        {
            entries = await change.ReadAfterAsync(instrument, before.EntryPosition, Batch);
            if (entries.Count == 0)
                return;

            var sold = SoldBy(entries);
            var followed = Followed(change, instrument, before, await change.ReadLotsAsync(instrument, before, sold), sold, entries);
            if (entries.Count < ManyEntries)
                await change.WriteAsync(instrument, followed.Versions, followed.Lots);
            else
                await change.CopyAsync([followed]);
            before = followed.Versions[^1];
        }
    }

    // How many units the entries take of the first lots; null when all lots are needed, since a split changes their numbers.
    static decimal? SoldBy(IReadOnlyList<LedgerEntry> entries) =>
        entries.Any(entry => entry.Type == EntryKind.Split)
            ? null
            : entries.Where(entry => entry.Type == EntryKind.Sell).Sum(entry => entry.Quantity!.Value);

    /// <exception cref="RefusedException"><see cref="Refusal.Conflict"/>: more is sold than is held.</exception>
    static FollowedInstrument Followed(
        PortfolioStore change,
        string instrument,
        PositionVersion before,
        IReadOnlyList<Lot> lots,
        decimal? sold,
        IReadOnlyList<LedgerEntry> entries
    )
    {
        var position = new Position(before, lots, sold is null || sold >= before.Quantity, change.Portfolio.Settings.Holding);
        var versions = new List<PositionVersion>(entries.Count);
        foreach (var entry in entries)
        {
            if (position.Apply(entry) is { } shortfall)
                throw TooMuchSold(instrument, shortfall);
            versions.Add(position.Now);
        }

        return new(instrument, versions, position.Added);
    }

    // After entries have come or gone: the cash account, what came from outside, and from when on growth has to be recalculated.
    static async Task UpdateCashAsync(PortfolioStore change, IReadOnlyList<LedgerEntry> entries)
    {
        if (entries.Any(entry => entry.Cash != 0))
        {
            await change.WriteCashAsync([.. entries.Select(entry => DateOnly.FromDateTime(entry.At)).Distinct()]);
            if (await change.ReadOverdraftAsync() is { } overdraft)
                throw TooMuchSpent(change.Portfolio.Settings, overdraft.At, overdraft.Balance);
        }

        DateTime[] external =
        [
            .. entries.Where(entry => entry.Type is EntryKind.Deposit or EntryKind.Withdrawal).Select(entry => entry.At).Distinct(),
        ];
        if (external.Length > 0)
            await change.WriteFlowsAsync(external, [.. external.Select(at => Moment.DayOf(at, change.Portfolio.Settings.Zone))]);
        await change.FinishAsync(entries.Min(entry => entry.At));
    }

    static async Task<T> RejectOverflowAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (OverflowException e)
        {
            throw new RefusedException(Refusal.Invalid, e.Message);
        }
    }

    static RefusedException TooMuchSold(string instrument, Shortfall shortfall)
    {
        var (sale, held, missing) = (shortfall.Sale, shortfall.Held, Amounts.Normal(shortfall.Missing));
        return new(
            Refusal.Conflict,
            string.Create(
                CultureInfo.InvariantCulture,
                $"At {Moment.Text(sale.At)} more {instrument} would be sold than is held: {sale.Quantity} of {held}, so {missing} are "
                    + $"missing."
            )
        )
        {
            Errors = new Dictionary<string, string[]>
            {
                ["quantity"] =
                [
                    string.Create(CultureInfo.InvariantCulture, $"{missing} {instrument} are missing at {Moment.Text(sale.At)}."),
                ],
            },
        };
    }

    static RefusedException TooMuchSpent(PortfolioSettings settings, DateTime at, decimal balance)
    {
        var missing = Amounts.Normal(-balance);
        return new(
            Refusal.Conflict,
            string.Create(
                CultureInfo.InvariantCulture,
                $"At {Moment.Text(at)} more cash would be spent than there is: {missing} {settings.Currency} are missing."
            )
        )
        {
            Errors = new Dictionary<string, string[]>
            {
                ["amount"] =
                [
                    string.Create(CultureInfo.InvariantCulture, $"{missing} {settings.Currency} are missing at {Moment.Text(at)}."),
                ],
            },
        };
    }

    static RefusedException NoEntry() => new(Refusal.NotFound, "There is no such entry.");
}

/// <summary>How requests and answers are kept under their keys.</summary>
[JsonSerializable(typeof(NewEntry))]
[JsonSerializable(typeof(LedgerEntry))]
sealed partial class LedgerKeyJson : JsonSerializerContext;
