using System.Runtime.CompilerServices;

namespace FunctionsApp.Core.Ledger;

/// <summary>Files.</summary>
public sealed partial class LedgerService
{
    const string FundAuto = "auto",
        FundingNote = "Made for what imported purchases needed";

    // For one statement of an import.
    static readonly TimeSpan ImportPatience = TimeSpan.FromMinutes(10);

    /// <summary>Records the trades of a broker's tradebook, all or none. Trades that are there already are left as they are.</summary>
    /// <param name="file">As <see cref="Tradebook"/> reads it. It is received completely before the portfolio is locked.</param>
    /// <param name="fund"><c>auto</c>: deposits are made where cash would be below zero, one a day (UTC) at most. Null: that is
    /// refused.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/> with lines and columns; <see cref="Refusal.Conflict"/> for more
    /// sold than held, or more spent than there is; <see cref="Refusal.TooMany"/>; <see cref="Refusal.Busy"/>.</exception>
    public async Task<ImportResult> ImportAsync(Guid userId, Stream file, string? fund, CancellationToken cancellationToken)
    {
        if (fund is not (null or FundAuto))
            throw RefusedException.Invalid("fund", $"Must be {FundAuto}, or left out.");
        using var counted = limits.BeginImport(userId);
        await using var upload = await uploads.ReceiveAsync(file, cancellationToken);
        using var turn = await limits.EnterImportAsync(userId, cancellationToken);
        return await store.ChangeAsync(
            userId,
            ImportPatience,
            change =>
                RejectOverflowAsync(async () =>
                {
                    var now = Now;
                    var zone = change.Portfolio.Settings.Zone;
                    var problems = new CsvProblems();
                    var tally = new StagingTally(now);
                    await change.StageAsync(
                        StagedAsync(
                            Tradebook.ReadAsync(upload.Content, zone, problems, cancellationToken),
                            problems,
                            tally,
                            Moment.EndOf(Moment.DayOf(now, zone), zone),
                            cancellationToken
                        )
                    );
                    problems.ThrowIfAny();

                    var instruments = await InstrumentsOfAsync(change, tally.Names);
                    var recorded = await change.RecordStagedAsync(instruments, now);
                    if (recorded.Count < tally.Trades)
                    {
                        foreach (var (line, key) in await change.ReadContradictionsAsync(instruments, CsvProblems.Most + 1))
                        {
                            problems.Add(
                                line,
                                "trade_id",
                                $"The trade {key} was recorded before, of another share or with another type, quantity or price."
                            );
                        }

                        problems.ThrowIfAny();
                    }

                    if (recorded.Count == 0)
                        return new ImportResult(tally.Trades, 0, tally.Trades, 0, 0);
                    await RecalculateAsync(change, recorded.First);
                    await change.WriteCashAsync(recorded.Days);
                    var (deposits, deposited) = fund is null ? (0, 0) : await FundAsync(change, now);
                    if (await change.ReadOverdraftAsync() is { } overdraft)
                        throw TooMuchSpent(change.Portfolio.Settings, overdraft.At, overdraft.Balance);
                    await change.FinishAsync(recorded.First.Values.Min(place => place.At));
                    return new(tally.Trades, recorded.Count, tally.Trades - recorded.Count, deposits, Amounts.Normal(deposited));
                }),
            cancellationToken
        );
    }

    /// <summary>Takes closing prices, all or none.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>, naming each price by its place in the list.</exception>
    public async Task<PricesResult> WritePricesAsync(IReadOnlyList<ClosingPrice> prices, CancellationToken cancellationToken)
    {
        var validation = new Validation();
        var checkedPrices = new List<ClosingPrice>(prices.Count);
        for (var i = 0; i < prices.Count; i++)
        {
            var symbol = Instrument.Symbol(prices[i].Symbol);
            validation
                .Check($"[{i}].symbol", symbol is null ? Instrument.SymbolRule : null)
                .Check($"[{i}].date", Moment.Has(prices[i].Date) ? null : Moment.Rule)
                .Check($"[{i}].close", prices[i].Close == 0 ? "Must be greater than 0." : Amounts.PriceProblem(prices[i].Close));
            checkedPrices.Add(prices[i] with { Symbol = symbol ?? "" });
        }

        validation.ThrowIfInvalid();
        var (read, changed) = await store.WritePricesAsync(checkedPrices.ToAsyncEnumerable(), Timeout, cancellationToken);
        return new(read, changed, 0);
    }

    /// <summary>Takes the closing prices of a file, all or none.</summary>
    /// <param name="userId">Who imports them.</param>
    /// <param name="file">As <see cref="ClosingPrices"/> reads it. It is received completely before anything is written.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/> with lines and columns; <see cref="Refusal.TooMany"/>;
    /// <see cref="Refusal.Busy"/>.</exception>
    public async Task<PricesResult> ImportPricesAsync(Guid userId, Stream file, CancellationToken cancellationToken)
    {
        using var counted = limits.BeginImport(userId);
        await using var upload = await uploads.ReceiveAsync(file, cancellationToken);
        using var turn = await limits.EnterImportAsync(userId, cancellationToken);
        var problems = new CsvProblems();
        var prices = CheckedAsync(ClosingPrices.ReadAsync(upload.Content, problems, cancellationToken), problems, cancellationToken);
        var (read, changed) = await store.WritePricesAsync(prices, ImportPatience, cancellationToken);
        return new(read, changed, problems.Skipped);
    }

    // The last step of reading a file: what is wrong with it stops the transaction that it is read into.
    static async IAsyncEnumerable<T> CheckedAsync<T>(
        IAsyncEnumerable<T> rows,
        CsvProblems problems,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var row in rows.WithCancellation(cancellationToken))
            yield return row;
        problems.ThrowIfAny();
    }

    // Trades as they are staged, once a file has no problems left; from the first one on its trades only have to be read.
    static async IAsyncEnumerable<StagedTrade> StagedAsync(
        IAsyncEnumerable<Trade> trades,
        CsvProblems problems,
        StagingTally tally,
        DateTime latest,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var trade in trades.WithCancellation(cancellationToken))
        {
            if (trade.At > latest)
                problems.Add(trade.Line, "trade_date", "Must not be in the future.");
            if (trade.Quantity * trade.Price >= Amounts.Limit)
                problems.Add(trade.Line, "quantity", "Quantity times price must be less than 1000000000000.");
            if (problems.Found.Count > 0)
                continue;
            tally.Names.Add((trade.Symbol, trade.Isin ?? ""));
            if (tally.Names.Count > PortfolioStore.MaxInstruments)
            {
                problems.Add(trade.Line, "symbol", $"The file has more than {PortfolioStore.MaxInstruments} different symbols.");
                yield break;
            }

            var value = Amounts.Product(trade.Quantity, trade.Price);
            tally.Trades++;
            yield return new(
                trade.Line,
                tally.Ids.Next(),
                trade.At,
                trade.IsBuy ? EntryKind.Buy : EntryKind.Sell,
                trade.Symbol,
                trade.Isin,
                trade.Quantity,
                trade.Price,
                trade.IsBuy ? -value : value,
                trade.Key
            );
        }
    }

    static async Task<IReadOnlyDictionary<(string Symbol, string Isin), string>> InstrumentsOfAsync(
        PortfolioStore change,
        IReadOnlyCollection<(string Symbol, string Isin)> written
    )
    {
        var names = new InstrumentNames(
            await change.ReadNamesAsync([
                .. written.SelectMany(one => new[] { one.Symbol, one.Isin }).Where(name => name.Length > 0).Distinct(),
            ])
        );
        // Those with an ISIN first: what has a symbol alone may then belong to a share that the file describes further.
        var instruments = written
            .OrderBy(one => one.Isin.Length == 0)
            .ToDictionary(one => one, one => names.Find(one.Symbol, one.Isin.Length == 0 ? null : one.Isin)!);
        await change.WriteInstrumentsAsync(names.Learned);
        return instruments;
    }

    // Deposits where the account would go below zero: on each day what is missing for all of it, at the first moment that needs it.
    static async Task<(int Count, decimal Sum)> FundAsync(PortfolioStore change, DateTime now)
    {
        var needs = CashFunding.Needs(await change.ReadCashDaysAsync());
        if (needs.Count == 0)
            return default;
        EntryPosition? first = null;
        foreach (var batch in needs.Chunk(Batch))
        {
            var moments = await change.ReadFirstOverdraftsAsync(
                [.. batch.Select(need => need.Day)],
                [.. batch.Select(need => need.Opening)]
            );
            LedgerEntry[] deposits =
            [
                .. batch.Select(need => new LedgerEntry(
                    Guid.CreateVersion7(),
                    EntryKind.Deposit,
                    moments[need.Day],
                    null,
                    null,
                    null,
                    null,
                    need.Amount,
                    null,
                    null,
                    null,
                    FundingNote,
                    now
                )),
            ];
            await change.AddDepositsAsync(deposits);
            await change.WriteCashAsync([.. batch.Select(need => need.Day)]);
            await change.WriteFlowsAsync(
                [.. deposits.Select(deposit => deposit.At)],
                [.. deposits.Select(deposit => Moment.DayOf(deposit.At, change.Portfolio.Settings.Zone))]
            );
            // Days come in their order.
            first ??= deposits[0].EntryPosition;
        }

        await RecalculateAsync(change, CashAccount, first!.Value);
        return (needs.Count, needs.Sum(need => need.Amount));
    }

    // Recalculates positions from the first new trade of each instrument on. Instruments with few entries after it go together: so the
    // number of statements follows the number of entries, not that of instruments.
    static async Task RecalculateAsync(PortfolioStore change, IReadOnlyDictionary<string, EntryPosition> first)
    {
        var counts = await change.CountFromAsync(first);
        List<(string Instrument, EntryPosition From)> group = [];
        var size = 0;
        foreach (var (instrument, from) in first)
        {
            if (size + counts[instrument] > Batch)
                await RecalculateGroupAsync();
            if (counts[instrument] > Batch)
            {
                await RecalculateAsync(change, instrument, from);
                continue;
            }

            group.Add((instrument, from));
            size += counts[instrument];
        }

        await RecalculateGroupAsync();

        async Task RecalculateGroupAsync()
        {
            if (group.Count > 0)
                await RecalculateAsync(change, group);
            group.Clear();
            size = 0;
        }
    }

    static async Task RecalculateAsync(PortfolioStore change, IReadOnlyList<(string Instrument, EntryPosition From)> group)
    {
        var before = await change.ReadBeforeAsync(group);
        await change.ForgetAfterAsync(group, before);
        var entries = await change.ReadFromAsync(group);
        decimal?[] sold = [.. entries.Select(SoldBy)];
        var lots = await change.ReadLotsAsync(group, before, sold);
        List<FollowedInstrument> followed = new(group.Count);
        for (var i = 0; i < group.Count; i++)
            followed.Add(Followed(change, group[i].Instrument, before[i], lots[i], sold[i], entries[i]));
        await change.CopyAsync(followed);
    }

    /// <summary>What was staged.</summary>
    sealed class StagingTally(DateTime now)
    {
        /// <summary>In the order of the file: so the trades of one moment count.</summary>
        public OrderedIds Ids { get; } = new(now);

        public int Trades { get; set; }

        public HashSet<(string Symbol, string Isin)> Names { get; } = [];
    }
}
