namespace FunctionsApp.Core.Ledger;

/// <summary>
/// The growth of a portfolio up to each of its external flows. What is stored is valid up to the first change of entries or prices since;
/// the rest is calculated here.
/// </summary>
sealed class PortfolioGrowth
{
    // The flows that are valued in one statement.
    const int BatchSize = 500;

    PortfolioGrowth(DateTime from, long pricesVersion, IReadOnlyList<ExternalFlow> calculated) =>
        (From, PricesVersion, Calculated) = (from, pricesVersion, calculated);

    /// <summary>Stored growth is valid before this moment.</summary>
    public DateTime From { get; }

    /// <summary>The version of the prices of the calculated flows.</summary>
    public long PricesVersion { get; }

    /// <summary>The flows from that moment on, with their growth.</summary>
    public IReadOnlyList<ExternalFlow> Calculated { get; }

    /// <summary>Whether anything had to be calculated.</summary>
    public bool IsNew => From != DateTime.MaxValue;

    public static async Task<PortfolioGrowth> CalculateAsync(PortfolioReading reading)
    {
        var zone = reading.Portfolio.Settings.Zone;
        var from = reading.Portfolio.ChainedUntil;
        if (reading.Prices.Changed is { } day && Moment.EndOf(day, zone) is var priced && priced < from)
            from = priced;
        if (from == DateTime.MaxValue)
            return new(from, reading.Prices.Version, []);

        var chain = await reading.Flows.ReadChainAsync(from);
        var last = ChainAfter(chain.TakeWhile(flow => flow.At < from).LastOrDefault());
        var calculated = new List<ExternalFlow>();
        foreach (var batch in chain.Where(flow => flow.At >= from).Chunk(BatchSize))
        {
            // At one moment deposits come first and withdrawals last: entries between them gain or lose with the deposits and before the
            // withdrawals.
            ExternalFlow[] deposits = [.. batch.Where(flow => flow.Deposited > 0)],
                withdrawals = [.. batch.Where(flow => flow.Withdrawn > 0)];
            var totals = await reading.Values.ReadTotalsAsync([
                .. deposits.Select(flow => ValuationMoment.BeforeDeposits(flow.At, zone)),
                .. withdrawals.Select(flow => ValuationMoment.Of(flow.At, zone)),
            ]);
            var before = new Queue<decimal>(totals.Take(deposits.Length).Select(total => total.Value));
            var after = new Queue<decimal>(totals.Skip(deposits.Length).Select(total => total.Value));
            foreach (var flow in batch)
            {
                if (flow.Deposited > 0)
                    last = TimeWeightedReturn.Next(last, before.Dequeue(), flow.Deposited);
                if (flow.Withdrawn > 0)
                    last = TimeWeightedReturn.Next(last, after.Dequeue() + flow.Withdrawn, -flow.Withdrawn);
                calculated.Add(flow with { Value = last!.Value.ValueAfter - flow.Net, Growth = last.Value.Growth });
            }
        }

        return new(from, reading.Prices.Version, calculated);
    }

    /// <summary>The chain of returns after the last of some flows; null for none.</summary>
    public ReturnChain? ChainAfter(FlowSummary flows) =>
        flows.LastAt is not { } last ? null
        : last >= From ? ChainAfter(Calculated.Last(flow => flow.At <= last))
        : new(flows.LastGrowth!.Value, flows.LastValueAfter!.Value);

    static ReturnChain? ChainAfter(ExternalFlow? flow) => flow is null ? null : new(flow.Growth!.Value, flow.Value!.Value + flow.Net);
}
