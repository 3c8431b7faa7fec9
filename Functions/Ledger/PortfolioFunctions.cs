using System.ComponentModel.DataAnnotations;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Ledger;

[Authorize]
public sealed class PortfolioFunctions(PortfolioService portfolios)
{
    const string TooLarge = "An amount is too large to be computed.";

    /// <param name="at">The moment (RFC 3339). Without an offset, the time is in the time zone of the portfolio. A date alone means the end
    /// of that day. The default is now.</param>
    [Function("PortfolioGet"), Tags("Ledger"), EndpointSummary("Get my portfolio")]
    [EndpointDescription("Returns cash, holdings, gains and returns as of any moment.")]
    [Fails(409, TooLarge)]
    public async Task<Ok<PortfolioReport>> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "portfolio")] HttpRequest request,
        Caller caller,
        string? at,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(PortfolioReport.From(await portfolios.ReadAsync(caller.UserId, at, cancellationToken)));

    /// <param name="from">The first day. The default is the day of the first entry.</param>
    /// <param name="to">The last day. The default is today.</param>
    /// <param name="interval">The interval between the points. The default is the shortest one that does not return too many
    /// points.</param>
    [Function("PortfolioHistory"), Tags("Ledger"), EndpointSummary("Get the history of my portfolio")]
    [EndpointDescription("Returns the value of your portfolio at the end of each day, week or month.")]
    [Fails(409, TooLarge)]
    public async Task<Ok<PortfolioHistory>> History(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "portfolio/history")] HttpRequest request,
        Caller caller,
        QueryDate? from,
        QueryDate? to,
        [AllowedValues("day", "week", "month")] string? interval,
        CancellationToken cancellationToken
    )
    {
        var step = Intervals.ToCore(Json.Parse<Interval>("interval", interval));
        return TypedResults.Ok(PortfolioHistory.From(await portfolios.ReadHistoryAsync(caller.UserId, from, to, step, cancellationToken)));
    }

    /// <param name="from">The first day. The default is the day of the first entry.</param>
    /// <param name="to">The last day. The default is today.</param>
    [
        Function("PortfolioChart"),
        Tags("Ledger"),
        EndpointSummary("Get a chart of my portfolio"),
        Produces("image/svg+xml", Type = typeof(string))
    ]
    [EndpointDescription("Returns the history as an SVG image, for light and dark backgrounds.")]
    [Fails(409, TooLarge)]
    public async Task<IResult> GetChart(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "portfolio/chart.svg")] HttpRequest request,
        Caller caller,
        QueryDate? from,
        QueryDate? to,
        CancellationToken cancellationToken
    )
    {
        var history = await portfolios.ReadHistoryAsync(caller.UserId, from, to, null, cancellationToken);
        return TypedResults.Text(
            Chart.Svg(
                [.. history.Points.Select(point => new ChartPoint(point.Date, point.Total, point.Invested))],
                history.Currency,
                "Portfolio"
            ),
            "image/svg+xml"
        );
    }

    /// <param name="at">The moment (RFC 3339). Without an offset, the time is in the time zone of the portfolio. A date alone means the end
    /// of that day. The default is now.</param>
    [Function("PortfolioTaxLots"), Tags("Ledger"), EndpointSummary("Get tax lots")]
    [EndpointDescription("Returns up to 10,000 open lots, and realized gains by financial year.")]
    [Fails(409, "More than 10,000 lots are open at that moment, or an amount is too large to be computed.")]
    public async Task<Ok<TaxReport>> TaxLots(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "portfolio/tax-lots")] HttpRequest request,
        Caller caller,
        string? at,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(TaxReport.From(await portfolios.ReadTaxLotsAsync(caller.UserId, at, cancellationToken)));

    [Function("PortfolioSettings"), Tags("Ledger"), EndpointSummary("Get portfolio settings")]
    [EndpointDescription("Returns the settings of your portfolio.")]
    public async Task<Ok<Settings>> GetSettings(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "portfolio/settings")] HttpRequest request,
        Caller caller,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(Settings.From(await portfolios.ReadSettingsAsync(caller.UserId, cancellationToken)));

    [Function("PortfolioSettingsPut"), Tags("Ledger"), EndpointSummary("Set portfolio settings")]
    [EndpointDescription(
        "Replaces the settings. Fields that are left out get their defaults. The settings cannot be changed once the portfolio has entries."
    )]
    [Fails(409, "The portfolio already has entries.")]
    public async Task<Ok<Settings>> PutSettings(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "portfolio/settings")] HttpRequest request,
        Caller caller,
        [FromBody] NewSettings settings,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(Settings.From(await portfolios.WriteSettingsAsync(caller.UserId, settings.ToSettings(), cancellationToken)));
}
