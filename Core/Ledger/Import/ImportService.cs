namespace FunctionsApp.Core.Ledger;

/// <summary>Imports a broker's trades.</summary>
public sealed class ImportService(PortfolioStore portfolios, LedgerLimits limits, UploadSpool uploads, TimeProvider time)
{
    const string FundAuto = "auto";

    /// <summary>Records the trades of a broker's tradebook, all or none. Trades that were recorded before are left as they are.</summary>
    /// <param name="file">As <see cref="Tradebook"/> reads it. It is received completely before the portfolio is locked, and checked
    /// if it is the first one: the database ends a transaction that is idle while a file is read.</param>
    /// <param name="fund"><c>auto</c>: deposits are added where cash would be below zero, at most one a day (UTC). Null: overdrafts are
    /// refused.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/> with lines and columns; <see cref="Refusal.Conflict"/> if more
    /// would be sold than held or the cash balance would be negative; <see cref="Refusal.Unauthenticated"/> if the account was deleted;
    /// <see cref="Refusal.TooMany"/>; <see cref="Refusal.Busy"/>.</exception>
    public async Task<ImportResult> ImportAsync(Guid userId, Stream file, string? fund, CancellationToken cancellationToken)
    {
        if (fund is not (null or FundAuto))
            throw RefusedException.Invalid("fund", $"Must be {FundAuto}, or left out.");
        using var counted = limits.BeginImport(userId);
        await using var upload = await uploads.ReceiveAsync(file, cancellationToken);
        using var turn = await limits.EnterImportAsync(userId, cancellationToken);
        try
        {
            var zone = (await portfolios.ReadSettingsAsync(userId, cancellationToken)).Zone;
            while (true)
            {
                var now = MomentInput.Now(time);
                var copied = await CheckAsync(userId, upload, zone, now, cancellationToken);
                // Not repeated when the connection is lost, unlike the changes of other requests: it takes long.
                await using var change = await portfolios.BeginImportAsync(userId, cancellationToken);
                await change.LockAsync();
                if (!change.Portfolio.Settings.Zone.Equals(zone))
                {
                    // It was changed meanwhile, and with it the moments of the trades.
                    zone = change.Portfolio.Settings.Zone;
                    continue;
                }

                var result = await ImportAsync(change, upload, copied, fund, now, cancellationToken);
                // As late as possible: a deletion of the account waits from here on.
                await change.RejectDeletedUserAsync();
                await change.CommitAsync();
                return result;
            }
        }
        catch (OverflowException e)
        {
            throw new RefusedException(Refusal.Invalid, e.Message);
        }
    }

    // The trades of the file, for a portfolio without trades of earlier imports. Null if some of them may have been recorded before: they
    // are checked while they are staged.
    async Task<TradeStaging?> CheckAsync(Guid userId, Upload upload, TimeZoneInfo zone, DateTime now, CancellationToken cancellationToken)
    {
        if (await portfolios.HasImportedTradesAsync(userId, cancellationToken))
            return null;
        var checking = new TradeStaging(upload, zone, now);
        return await checking.CheckAsync(cancellationToken) ? checking : null;
    }

    static async Task<ImportResult> ImportAsync(
        PortfolioChange change,
        Upload upload,
        TradeStaging? copied,
        string? fund,
        DateTime now,
        CancellationToken cancellationToken
    )
    {
        var (trades, recorded) =
            copied is null || await change.TradeCopies.AnyAsync()
                ? await RecordNewAsync(change, upload, now, cancellationToken)
                : await CopyAsync(change, upload, copied, now, cancellationToken);
        if (recorded.Count == 0)
            return new(trades, 0, trades, 0, 0);

        await new Recalculation(change).RecalculateAsync(recorded.First, recorded.Counts);
        change.Cash.UpdateDays(recorded.Days);
        var (deposits, deposited) = fund is null ? (0, 0) : await new DepositFunding(change).AddAsync(now);
        await change.RejectOverdraftAsync();
        change.Complete(recorded.First.Min(first => first.From.At));
        return new(trades, recorded.Count, trades - recorded.Count, deposits, Amounts.Normal(deposited));
    }

    // The number of trades in the file, and those that were recorded. The file is read for the second time: the instruments of its trades
    // were known at its end.
    static async Task<(int Trades, RecordedTrades Recorded)> CopyAsync(
        PortfolioChange change,
        Upload upload,
        TradeStaging copied,
        DateTime now,
        CancellationToken cancellationToken
    )
    {
        var isEmpty = await change.Entries.IsEmptyAsync();
        var recorded = await change.TradeCopies.CopyAsync(
            new TradeStaging(upload, change.Portfolio.Settings.Zone, now).ReadAsync(cancellationToken),
            await InstrumentsOfAsync(change, copied.Names),
            now
        );
        // The instruments may have other entries.
        return (copied.Count, isEmpty ? recorded : recorded with { Counts = null });
    }

    static async Task<(int Trades, RecordedTrades Recorded)> RecordNewAsync(
        PortfolioChange change,
        Upload upload,
        DateTime now,
        CancellationToken cancellationToken
    )
    {
        var staging = new TradeStaging(upload, change.Portfolio.Settings.Zone, now);
        await change.StagedTrades.StageAsync(staging.ReadAsync(cancellationToken));
        staging.Problems.ThrowIfAny();
        var instruments = await InstrumentsOfAsync(change, staging.Names);
        var recorded = await change.StagedTrades.RecordAsync(instruments, now);
        if (recorded.Count < staging.Count)
            await RejectContradictionsAsync(change, instruments, staging.Problems);
        return (staging.Count, recorded);
    }

    static async Task<IReadOnlyDictionary<(string Symbol, string Isin), string>> InstrumentsOfAsync(
        PortfolioChange change,
        IReadOnlyCollection<(string Symbol, string Isin)> written
    )
    {
        var names = await change.Instruments.ReadNamesAsync([
            .. written.SelectMany(one => new[] { one.Symbol, one.Isin }).Where(name => name.Length > 0).Distinct(),
        ]);
        // Names with an ISIN first: a symbol alone may then belong to a share that the file describes in another row.
        var instruments = written
            .OrderBy(one => one.Isin.Length == 0)
            .ToDictionary(one => one, one => names.Find(one.Symbol, one.Isin.Length == 0 ? null : one.Isin)!);
        await change.Instruments.WriteNamesAsync(names.Learned);
        return instruments;
    }

    static async Task RejectContradictionsAsync(
        PortfolioChange change,
        IReadOnlyDictionary<(string Symbol, string Isin), string> instruments,
        CsvProblems problems
    )
    {
        foreach (var (line, key) in await change.StagedTrades.ReadContradictionsAsync(instruments, CsvProblems.Most + 1))
        {
            problems.Add(
                line,
                "trade_id",
                $"The trade {key} was recorded before, of another share or with another type, quantity or price."
            );
        }

        problems.ThrowIfAny();
    }
}
