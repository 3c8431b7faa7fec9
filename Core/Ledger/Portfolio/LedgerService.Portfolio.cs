using FunctionsApp.Core.Database;
using Microsoft.Extensions.Logging;

namespace FunctionsApp.Core.Ledger;

/// <summary>What a portfolio was worth.</summary>
public sealed partial class LedgerService
{
    // So many flows are valued in one statement.
    const int FlowBatch = 500;

    /// <summary>The most points of a history.</summary>
    public const int MaxPoints = 2_000;

    /// <summary>A portfolio as of a moment.</summary>
    /// <param name="at">As in <see cref="NewEntry.At"/>; null for now.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/> for a moment that is none, or in the future.</exception>
    public async Task<PortfolioReport> ReadPortfolioAsync(Guid userId, string? at, CancellationToken cancellationToken)
    {
        Growth? growth = null;
        var report = await store.ReadAsync(
            async reading =>
            {
                var portfolio = await PortfolioAsync(reading, userId);
                var moment = ValuationMoment.Of(AsOf(at, portfolio.Settings), portfolio.Settings.Zone);
                var flows = await reading.ReadFlowsAsync(portfolio, moment.At);
                var positions = await reading.ReadPositionsAsync(portfolio, [moment]);
                growth = await GrowthAsync(reading, portfolio, flows);
                var value = positions.Sum(one => one.Version.Cash + one.MarketValue);
                return PortfolioReport.Of(
                    moment.At,
                    portfolio.Settings,
                    positions,
                    Xirr.Of(
                        [.. flows.Days.Zip(flows.Nets, (day, net) => new CashFlow(day, net))],
                        value,
                        Moment.DayOf(moment.At, portfolio.Settings.Zone)
                    ),
                    TimeWeightedReturn.Of(await ChainAsync(reading, userId, growth, flows.LastAt), value)
                );
            },
            cancellationToken
        );
        if (growth is { IsNew: true })
            await KeepGrowthAsync(growth, cancellationToken);
        return report;
    }

    /// <summary>How a portfolio went, at the ends of days, weeks or months. Without entries there are no points.</summary>
    /// <param name="from">In the portfolio's time zone; null for the day of the first entry.</param>
    /// <param name="to">The last day; null for today.</param>
    /// <param name="interval">Null for one that makes not too many points.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>: days in the wrong order or in the future, or too many
    /// points.</exception>
    public Task<PortfolioHistory> ReadHistoryAsync(
        Guid userId,
        DateOnly? from,
        DateOnly? to,
        Interval? interval,
        CancellationToken cancellationToken
    ) =>
        store.ReadAsync(
            async reading =>
            {
                var portfolio = await PortfolioAsync(reading, userId);
                var zone = portfolio.Settings.Zone;
                var today = Moment.DayOf(Now, zone);
                var last = to ?? today;
                var entry = await reading.ReadFirstAsync(userId);
                var first = from ?? (entry is { } start && Moment.DayOf(start, zone) is var day && day < last ? day : last);
                new Validation()
                    .Check(
                        "from",
                        first > last ? "Must not be after to."
                            : Moment.Has(first) ? null
                            : Moment.Rule
                    )
                    .Check("to", last > today ? "Must not be in the future." : null)
                    .ThrowIfInvalid();
                var step = interval ?? Intervals.For(first, last);
                if (step.CountOf(first, last) > MaxPoints)
                    throw RefusedException.Invalid(
                        "interval",
                        $"Makes more than {MaxPoints} points. Ask for a longer interval or fewer days."
                    );
                DateOnly[] days = entry is null ? [] : [.. step.EndsOf(first, last)];
                var totals = await reading.ReadTotalsAsync(
                    portfolio,
                    [.. days.Select(day => ValuationMoment.Of(Moment.EndOf(day, zone), zone))]
                );
                return new PortfolioHistory(portfolio.Settings.Currency, step, [.. days.Zip(totals, HistoryPoint.Of)]);
            },
            cancellationToken
        );

    /// <summary>The lots of a portfolio as of a moment, and what sales have gained in each financial year until then.</summary>
    /// <inheritdoc cref="ReadPortfolioAsync" path="/exception"/>
    public Task<TaxReport> ReadTaxLotsAsync(Guid userId, string? at, CancellationToken cancellationToken) =>
        store.ReadAsync(
            async reading =>
            {
                var portfolio = await PortfolioAsync(reading, userId);
                var (settings, zone) = (portfolio.Settings, portfolio.Settings.Zone);
                var moment = ValuationMoment.Of(AsOf(at, settings), zone);
                var positions = await reading.ReadPositionsAsync(portfolio, [moment]);
                var lots = await reading.ReadLotsAsync(userId, moment.At);
                var first = await reading.ReadFirstAsync(userId);
                FinancialYear[] years =
                    first is { } entry && entry <= moment.At
                        ? [.. FinancialYear.Between(Moment.DayOf(entry, zone), Moment.DayOf(moment.At, zone), settings.YearStartsIn)]
                        : [];
                var ends = years
                    .Select(year => ValuationMoment.Of(Moment.EndOf(year.End, zone) is var end && end < moment.At ? end : moment.At, zone))
                    .ToArray();
                return TaxReport.Of(
                    moment.At,
                    settings,
                    positions,
                    lots,
                    years,
                    years.Length == 0 ? [] : await reading.ReadTotalsAsync(portfolio, ends)
                );
            },
            cancellationToken
        );

    async Task<Portfolio> PortfolioAsync(LedgerStore.PortfolioReading reading, Guid userId) =>
        await reading.ReadPortfolioAsync(userId) ?? new(userId, PortfolioSettings.Default, 0, DateTime.MaxValue, 0);

    DateTime AsOf(string? at, PortfolioSettings settings)
    {
        if (at is null)
            return Now;
        var validation = new Validation();
        var moment = When.Read(validation, "at", at, settings.Zone, Now);
        validation.ThrowIfInvalid();
        return moment;
    }

    // What is kept of the growth is right up to the first change since, of entries or of prices. The rest is calculated, for all flows, and
    // kept.
    static async Task<Growth> GrowthAsync(LedgerStore.PortfolioReading reading, Portfolio portfolio, FlowSummary flows)
    {
        var zone = portfolio.Settings.Zone;
        var from = portfolio.ChainedUntil;
        if (flows.PricesChanged is { } day && Moment.EndOf(day, zone) is var priced && priced < from)
            from = priced;
        if (from == DateTime.MaxValue)
            return new(portfolio, flows.PricesVersion, from, [], IsNew: false);

        var chain = await reading.ReadChainAsync(portfolio.UserId, from);
        var kept = chain.TakeWhile(flow => flow.At < from).LastOrDefault();
        var last = Chain(kept);
        var calculated = new List<ExternalFlow>();
        foreach (var batch in chain.Where(flow => flow.At >= from).Chunk(FlowBatch))
        {
            // Of what happens at one moment, deposits come first and withdrawals last: what is between them has gained, or lost, with the
            // one and before the other.
            var totals = (
                await reading.ReadTotalsAsync(
                    portfolio,
                    [
                        .. batch.Where(flow => flow.Deposited > 0).Select(flow => ValuationMoment.BeforeDeposits(flow.At, zone)),
                        .. batch.Where(flow => flow.Withdrawn > 0).Select(flow => ValuationMoment.Of(flow.At, zone)),
                    ]
                )
            ).Select(total => total.Value);
            var (before, after) = (
                new Queue<decimal>(totals.Take(batch.Count(flow => flow.Deposited > 0))),
                new Queue<decimal>(totals.Skip(batch.Count(flow => flow.Deposited > 0)))
            );
            foreach (var flow in batch)
            {
                if (flow.Deposited > 0)
                    last = TimeWeightedReturn.Next(last, before.Dequeue(), flow.Deposited);
                if (flow.Withdrawn > 0)
                    last = TimeWeightedReturn.Next(last, after.Dequeue() + flow.Withdrawn, -flow.Withdrawn);
                calculated.Add(flow with { Value = last!.Value.ValueAfter - flow.Net, Growth = last.Value.Growth });
            }
        }

        return new(portfolio, flows.PricesVersion, from, calculated, IsNew: true);
    }

    // Kept growth only saves work: a database that cannot write now, such as a standby, still values portfolios.
    async Task KeepGrowthAsync(Growth growth, CancellationToken cancellationToken)
    {
        try
        {
            await store.WriteGrowthAsync(growth.Portfolio, growth.PricesVersion, growth.Flows, cancellationToken);
        }
        catch (Exception e) when (DatabaseFailure.Of(e) is not null)
        {
            logger.LogDebug("The growth of a portfolio was not kept and will be computed again: {Problem}", e.Message);
        }
    }

    static async Task<ReturnChain?> ChainAsync(LedgerStore.PortfolioReading reading, Guid userId, Growth growth, DateTime? lastAt)
    {
        if (lastAt is not { } at)
            return null;
        if (at >= growth.From)
            return Chain(growth.Flows.Last(flow => flow.At <= at));
        return Chain((await reading.ReadChainAsync(userId, at, at)).Last());
    }

    static ReturnChain? Chain(ExternalFlow? flow) => flow is null ? null : new(flow.Growth!.Value, flow.Value!.Value + flow.Net);

    sealed record Growth(Portfolio Portfolio, long PricesVersion, DateTime From, IReadOnlyList<ExternalFlow> Flows, bool IsNew);
}
