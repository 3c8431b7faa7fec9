using FunctionsApp.Core.Database;
using Microsoft.Extensions.Logging;

namespace FunctionsApp.Core.Ledger;

/// <summary>Reports the value of a portfolio as of any moment, and keeps its settings.</summary>
public sealed class PortfolioService(
    PortfolioStore portfolios,
    PortfolioChanges changes,
    TimeProvider time,
    ILogger<PortfolioService> logger
)
{
    /// <summary>The maximum number of points of a history.</summary>
    public const int MaxPoints = 2_000;

    /// <summary>The most open lots of a report, all of which are in memory at once.</summary>
    public const int MaxOpenLots = 10_000;

    DateTime Now => MomentInput.Now(time);

    /// <summary>A portfolio as of a moment.</summary>
    /// <param name="at">As in <see cref="NewEntry.At"/>; null for now.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/> for a moment that is not valid, or in the future;
    /// <see cref="Refusal.Conflict"/> if an amount is too large to be computed.</exception>
    public async Task<PortfolioReport> ReadAsync(Guid userId, string? at, CancellationToken cancellationToken)
    {
        var (report, portfolio, growth) = await ComputedAsync(() => ReportAsync(userId, at, cancellationToken));
        // After the connection of the report was released.
        if (growth.IsNew)
            await StoreGrowthAsync(portfolio, growth, cancellationToken);
        return report;
    }

    /// <summary>The value of a portfolio at the end of days, weeks or months. Without entries there are no points.</summary>
    /// <param name="from">In the portfolio's time zone; null for the day of the first entry.</param>
    /// <param name="to">The last day; null for today.</param>
    /// <param name="interval">Null for the shortest one that does not make too many points.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>: days in the wrong order or in the future, or too many points;
    /// <see cref="Refusal.Conflict"/> if an amount is too large to be computed.</exception>
    public Task<PortfolioHistory> ReadHistoryAsync(
        Guid userId,
        DateOnly? from,
        DateOnly? to,
        Interval? interval,
        CancellationToken cancellationToken
    ) => ComputedAsync(() => HistoryAsync(userId, from, to, interval, cancellationToken));

    async Task<PortfolioHistory> HistoryAsync(
        Guid userId,
        DateOnly? from,
        DateOnly? to,
        Interval? interval,
        CancellationToken cancellationToken
    )
    {
        await using var reading = await portfolios.BeginReadingAsync(userId, cancellationToken);
        var settings = reading.Portfolio.Settings;
        var today = Moment.DayOf(Now, settings.Zone);
        var entry = await reading.Values.ReadFirstMomentAsync();
        var last = to ?? today;
        var first = from ?? FirstDay(entry, last, settings.Zone);
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
                $"Would return more than {MaxPoints} points. Choose a longer interval or a shorter period."
            );

        DateOnly[] days = entry is null ? [] : [.. step.EndsOf(first, last)];
        var totals = await reading.Values.ReadTotalsAsync([
            .. days.Select(day => ValuationMoment.Of(Moment.EndOf(day, settings.Zone), settings.Zone)),
        ]);
        await reading.CommitAsync();
        return new(settings.Currency, step, [.. days.Zip(totals, HistoryPoint.Of)]);
    }

    /// <summary>The open lots of a portfolio as of a moment, and the gains of sales in each financial year until then.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/> for a moment that is not valid, or in the future;
    /// <see cref="Refusal.Conflict"/> for more than <see cref="MaxOpenLots"/> open lots, and if an amount is too large to be
    /// computed.</exception>
    public Task<TaxReport> ReadTaxLotsAsync(Guid userId, string? at, CancellationToken cancellationToken) =>
        ComputedAsync(() => TaxLotsAsync(userId, at, cancellationToken));

    async Task<TaxReport> TaxLotsAsync(Guid userId, string? at, CancellationToken cancellationToken)
    {
        await using var reading = await portfolios.BeginReadingAsync(userId, cancellationToken);
        var settings = reading.Portfolio.Settings;
        var moment = ValuationMoment.Of(AsOf(at, settings), settings.Zone);
        var positions = reading.Values.ReadPositionsLater(moment);
        var lots = reading.Values.ReadOpenLotsLater(moment.At, MaxOpenLots + 1);
        var first = await reading.Values.ReadFirstMomentAsync();
        if (lots.Value.Count > MaxOpenLots)
            throw RefusedException.Conflict("at", $"More than {MaxOpenLots} lots are open at this moment. Ask for an earlier one.");
        var years = YearsUntil(moment.At, first, settings);
        var ends = await reading.Values.ReadTotalsAsync([.. years.Select(year => EndOf(year, moment.At, settings.Zone))]);
        await reading.CommitAsync();
        return TaxReport.Of(moment.At, settings, positions.Value, lots.Value, years, ends);
    }

    /// <summary>The settings of a portfolio, or the defaults.</summary>
    public Task<PortfolioSettings> ReadSettingsAsync(Guid userId, CancellationToken cancellationToken) =>
        portfolios.ReadSettingsAsync(userId, cancellationToken);

    /// <summary>Sets the settings of a portfolio without entries.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>; <see cref="Refusal.Conflict"/> once there are entries.</exception>
    public Task<PortfolioSettings> WriteSettingsAsync(Guid userId, PortfolioSettings settings, CancellationToken cancellationToken)
    {
        settings.Checked();
        return changes.RunAsync(userId, change => WriteSettingsAsync(change, settings), cancellationToken);
    }

    // Closing prices of any size are multiplied by quantities and splits of any size.
    static async Task<T> ComputedAsync<T>(Func<Task<T>> compute)
    {
        try
        {
            return await compute();
        }
        // Dapper wraps what a column throws when it is read.
        catch (Exception e) when (e is OverflowException || e.InnerException is OverflowException)
        {
            throw new RefusedException(Refusal.Conflict, "An amount of the portfolio is too large to be computed.");
        }
    }

    async Task<(PortfolioReport Report, Portfolio Portfolio, PortfolioGrowth Growth)> ReportAsync(
        Guid userId,
        string? at,
        CancellationToken cancellationToken
    )
    {
        await using var reading = await portfolios.BeginValuationAsync(userId, cancellationToken);
        var settings = reading.Portfolio.Settings;
        var moment = ValuationMoment.Of(AsOf(at, settings), settings.Zone);
        var summary = reading.Flows.ReadSummaryLater(moment.At);
        var valued = reading.Values.ReadPositionsLater(moment);
        var growth = await PortfolioGrowth.CalculateAsync(reading);
        await reading.CommitAsync();

        var (flows, positions) = (summary.Value, valued.Value);
        var value = positions.Sum(position => position.Version.Cash + position.MarketValue);
        // Where a clock goes back past midnight, a flow can be of the day after.
        var day = Moment.DayOf(moment.At, settings.Zone);
        if (flows.Days is [.., var last] && last > day)
            day = last;
        var xirr = Xirr.Of([.. flows.Days.Zip(flows.Nets, (flowDay, net) => new CashFlow(flowDay, net))], value, day);
        var report = PortfolioReport.Of(moment.At, settings, positions, xirr, TimeWeightedReturn.Of(growth.ChainAfter(flows), value));
        return (report, reading.Portfolio, growth);
    }

    // Stored growth only saves work: a database that cannot be written to, such as a standby, still values portfolios.
    async Task StoreGrowthAsync(Portfolio portfolio, PortfolioGrowth growth, CancellationToken cancellationToken)
    {
        try
        {
            await portfolios.WriteGrowthAsync(portfolio, growth.PricesVersion, growth.Calculated, cancellationToken);
        }
        catch (Exception e) when (DatabaseFailure.Of(e) is not null)
        {
            logger.LogDebug("The growth of a portfolio was not stored and will be calculated again: {Problem}", e.Message);
        }
    }

    static async Task<PortfolioSettings> WriteSettingsAsync(PortfolioChange change, PortfolioSettings settings)
    {
        await change.LockAsync();
        if (settings != change.Portfolio.Settings && !await change.Entries.IsEmptyAsync())
            throw new RefusedException(Refusal.Conflict, "There are entries. The settings can be changed only while there are none.");
        await change.WriteSettingsAsync(settings);
        return settings;
    }

    DateTime AsOf(string? at, PortfolioSettings settings)
    {
        if (at is null)
            return Now;
        var validation = new Validation();
        var moment = MomentInput.Read(validation, "at", at, settings.Zone, Now);
        validation.ThrowIfInvalid();
        return moment;
    }

    static DateOnly FirstDay(DateTime? entry, DateOnly last, TimeZoneInfo zone) =>
        entry is { } at && Moment.DayOf(at, zone) is var day && day < last ? day : last;

    // Where a clock goes back past midnight, the first day can be after the last.
    static FinancialYear[] YearsUntil(DateTime last, DateTime? first, PortfolioSettings settings) =>
        first is not { } begin || begin > last
            ? []
            :
            [
                .. FinancialYear.Between(
                    FirstDay(begin, Moment.DayOf(last, settings.Zone), settings.Zone),
                    Moment.DayOf(last, settings.Zone),
                    settings.YearStartsIn
                ),
            ];

    static ValuationMoment EndOf(FinancialYear year, DateTime last, TimeZoneInfo zone)
    {
        var end = Moment.EndOf(year.End, zone);
        return ValuationMoment.Of(end < last ? end : last, zone);
    }
}
