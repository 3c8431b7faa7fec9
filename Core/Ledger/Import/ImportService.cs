namespace FunctionsApp.Core.Ledger;

/// <summary>Imports a broker's trades.</summary>
public sealed class ImportService(PortfolioStore portfolios, LedgerLimits limits, UploadSpool uploads, TimeProvider time)
{
    const string FundAuto = "auto";

    /// <summary>Records the trades of a broker's tradebook, all or none. Trades that were recorded before are left as they are.</summary>
    /// <param name="file">As <see cref="Tradebook"/> reads it. It is received completely before the portfolio is locked.</param>
    /// <param name="fund"><c>auto</c>: deposits are added where cash would be below zero, at most one a day (UTC). Null: overdrafts are
    /// refused.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/> with lines and columns; <see cref="Refusal.Conflict"/> if more
    /// would be sold than is held, or more spent than there is; <see cref="Refusal.TooMany"/>; <see cref="Refusal.Busy"/>.</exception>
    public async Task<ImportResult> ImportAsync(Guid userId, Stream file, string? fund, CancellationToken cancellationToken)
    {
        if (fund is not (null or FundAuto))
            throw RefusedException.Invalid("fund", $"Must be {FundAuto}, or left out.");
        using var counted = limits.BeginImport(userId);
        await using var upload = await uploads.ReceiveAsync(file, cancellationToken);
        using var turn = await limits.EnterImportAsync(userId, cancellationToken);
        // Not repeated when the connection is lost, unlike the changes of other requests: it takes long.
        await using var change = await portfolios.BeginImportAsync(userId, cancellationToken);
        await change.LockAsync();
        try
        {
            var result = await ImportAsync(change, upload.Content, fund, cancellationToken);
            await change.CommitAsync();
            return result;
        }
        catch (OverflowException e)
        {
            throw new RefusedException(Refusal.Invalid, e.Message);
        }
    }

    async Task<ImportResult> ImportAsync(PortfolioChange change, Stream file, string? fund, CancellationToken cancellationToken)
    {
        var now = MomentInput.Now(time);
        var zone = change.Portfolio.Settings.Zone;
        var problems = new CsvProblems();
        var staging = new TradeStaging(problems, now, Moment.EndOf(Moment.DayOf(now, zone), zone));
        await change.Trades.StageAsync(staging.ReadAsync(Tradebook.ReadAsync(file, zone, problems, cancellationToken), cancellationToken));
        problems.ThrowIfAny();

        var instruments = await InstrumentsOfAsync(change, staging.Names);
        var recorded = await change.Trades.RecordAsync(instruments, now);
        if (recorded.Count < staging.Count)
            await RejectContradictionsAsync(change, instruments, problems);
        if (recorded.Count == 0)
            return new(staging.Count, 0, staging.Count, 0, 0);

        await new Recalculation(change).RecalculateAsync(recorded.First);
        change.Cash.UpdateDays(recorded.Days);
        var (deposits, deposited) = fund is null ? (0, 0) : await new DepositFunding(change).AddAsync(now);
        await change.RejectOverdraftAsync();
        change.Complete(recorded.First.Min(first => first.From.At));
        return new(staging.Count, recorded.Count, staging.Count - recorded.Count, deposits, Amounts.Normal(deposited));
    }

    static async Task<IReadOnlyDictionary<(string Symbol, string Isin), string>> InstrumentsOfAsync(
        PortfolioChange change,
        IReadOnlyCollection<(string Symbol, string Isin)> written
    )
    {
        var names = new InstrumentNames(
            await change.Instruments.ReadNamesAsync([
                .. written.SelectMany(one => new[] { one.Symbol, one.Isin }).Where(name => name.Length > 0).Distinct(),
            ])
        );
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
        foreach (var (line, key) in await change.Trades.ReadContradictionsAsync(instruments, CsvProblems.Most + 1))
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
