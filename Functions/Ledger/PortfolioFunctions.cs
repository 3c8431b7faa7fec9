using System.ComponentModel.DataAnnotations;
using Core.Ledger;
using Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Ledger;

/// <param name="Currency">ISO 4217, of all amounts: INR when left out.</param>
/// <param name="TimeZone">IANA id, where days end: Asia/Kolkata when left out.</param>
/// <param name="LongTermMonths">A lot that is sold later than so many months after the day it was bought has been held for a long term: 12 when left out.</param>
/// <param name="YearStartsIn">The month in which the financial year begins: 4 when left out.</param>
public sealed record Settings(string? Currency = null, string? TimeZone = null, [property: Range(0, 120)] int? LongTermMonths = null, [property: Range(1, 12)] int? YearStartsIn = null) : IExample<Settings>
{
    public static Settings Example => Of(PortfolioSettings.Default);

    public static Settings Of(PortfolioSettings settings) => new(settings.Currency, settings.TimeZone, settings.LongTermMonths, settings.YearStartsIn);

    public PortfolioSettings Filled => new(
        Currency ?? PortfolioSettings.Default.Currency, TimeZone ?? PortfolioSettings.Default.TimeZone, LongTermMonths ?? PortfolioSettings.Default.LongTermMonths, YearStartsIn ?? PortfolioSettings.Default.YearStartsIn);
}

[Authorize]
public sealed class PortfolioFunctions(LedgerService ledger)
{
    [Function("PortfolioGet"), Tags("Ledger"), EndpointSummary("My portfolio as of a moment")]
    [EndpointDescription("at: RFC 3339; without an offset it is in the portfolio's time zone; a date alone is the end of that day there. Now when left out.")]
    public async Task<Ok<PortfolioReport>> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "portfolio")] HttpRequest request, Caller caller, string? at, CancellationToken cancel) =>
        TypedResults.Ok(await ledger.ReadPortfolioAsync(caller.UserId, at, cancel));

    [Function("PortfolioHistory"), Tags("Ledger"), EndpointSummary("How my portfolio went")]
    [EndpointDescription("At the ends of days, weeks or months, from the first entry to today when nothing else is asked for; without interval the shortest one that makes not too many points.")]
    public async Task<Ok<PortfolioHistory>> History(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "portfolio/history")] HttpRequest request, Caller caller, DateOnly? from, DateOnly? to, [RegularExpression("day|week|month")] string? interval, CancellationToken cancel) =>
        TypedResults.Ok(await ledger.ReadHistoryAsync(caller.UserId, from, to, Json.Parse<Interval>("interval", interval), cancel));

    [Function("PortfolioChart"), Tags("Ledger"), EndpointSummary("How my portfolio went, as a picture"), EndpointDescription("In the reader's choice of light or dark."), Produces("image/svg+xml", Type = typeof(string))]
    public async Task<IResult> GetChart([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "portfolio/chart.svg")] HttpRequest request, Caller caller, DateOnly? from, DateOnly? to, CancellationToken cancel)
    {
        var history = await ledger.ReadHistoryAsync(caller.UserId, from, to, null, cancel);
        return TypedResults.Text(Chart.Svg([.. history.Points.Select(point => new ChartPoint(point.Date, point.Total, point.Invested))], history.Currency, "Portfolio"), "image/svg+xml");
    }

    [Function("PortfolioTaxLots"), Tags("Ledger"), EndpointSummary("Open lots, and gains by financial year"), EndpointDescription("As of a moment, as for /portfolio. A gain is of a long term by the days on which the lot was bought and sold.")]
    public async Task<Ok<TaxReport>> TaxLots([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "portfolio/tax-lots")] HttpRequest request, Caller caller, string? at, CancellationToken cancel) =>
        TypedResults.Ok(await ledger.ReadTaxLotsAsync(caller.UserId, at, cancel));

    [Function("PortfolioSettings"), Tags("Ledger"), EndpointSummary("How my portfolio is kept")]
    public async Task<Ok<Settings>> GetSettings([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "portfolio/settings")] HttpRequest request, Caller caller, CancellationToken cancel) =>
        TypedResults.Ok(Settings.Of(await ledger.ReadSettingsAsync(caller.UserId, cancel)));

    [Function("PortfolioSettingsPut"), Tags("Ledger"), EndpointSummary("Say how my portfolio is kept"), EndpointDescription("Before anything is recorded.")]
    [Fails(409, "There are entries.")]
    public async Task<Ok<Settings>> PutSettings([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "portfolio/settings")] HttpRequest request, Caller caller, [FromBody] Settings settings, CancellationToken cancel) =>
        TypedResults.Ok(Settings.Of(await ledger.WriteSettingsAsync(caller.UserId, settings.Filled, cancel)));
}
