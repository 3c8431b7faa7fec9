using System.Globalization;
using System.Net.Mime;
using System.Text.Json;
using System.Text.RegularExpressions;
using FunctionsApp.Core;
using FunctionsApp.Core.Background;
using FunctionsApp.Core.Database;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Returns every failure as problem+json (RFC 9457), without stack traces, SQL or secrets.</summary>
public static class ProblemServices
{
    public static void AddProblems(this IServiceCollection services)
    {
        // The first writer that can write is used.
        services.AddSingleton<IProblemDetailsWriter, ProblemWriter>();
        services.AddProblemDetails();
        services.AddSingleton<Problems>();
        services.AddSingleton<IExceptionHandler>(provider => provider.GetRequiredService<Problems>());
    }

    /// <summary>
    /// Responds to a request that a function refuses. The exception handler would return the same, but an exception on its way there is
    /// caught and thrown again by each asynchronous middleware, which makes a refusal several times as expensive. Must directly precede
    /// the functions.
    /// </summary>
    public static void UseRefusals(this IApplicationBuilder app)
    {
        var problems = app.ApplicationServices.GetRequiredService<Problems>();
        app.Use(next => context => RunAsync(problems, next, context));
    }

    static async Task RunAsync(Problems problems, RequestDelegate next, HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (RefusedException refused) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            await problems.RefuseAsync(context, refused);
        }
    }

    // Explains responses that the framework produces itself.
    static string? Detail(HttpContext context, int status) =>
        status switch
        {
            StatusCodes.Status401Unauthorized when context.Request.Headers.Authorization.Count == 0 =>
                "A bearer token is required. Log in to get one.",
            StatusCodes.Status401Unauthorized => "The token is invalid or expired, or its session has ended. Refresh it or log in again.",
            StatusCodes.Status403Forbidden => "Your role does not allow this.",
            StatusCodes.Status404NotFound => "There is no resource at this path.",
            StatusCodes.Status405MethodNotAllowed => $"This path does not support {context.Request.Method}.",
            StatusCodes.Status408RequestTimeout => "The body was sent too slowly.",
            StatusCodes.Status413PayloadTooLarge => "The body is too large for this request.",
            StatusCodes.Status415UnsupportedMediaType =>
                "This request does not accept the body's media type. Send another one, such as application/json.",
            StatusCodes.Status500InternalServerError => "An unexpected error occurred. The log has the details under this trace_id.",
            _ => null,
        };

    // Ignores the client's Accept header: a failure in another format would not help.
    sealed class ProblemWriter(IOptions<JsonOptions> json) : IProblemDetailsWriter
    {
        public bool CanWrite(ProblemDetailsContext context) => true;

        public ValueTask WriteAsync(ProblemDetailsContext context)
        {
            var problem = context.ProblemDetails;
            problem.Status ??= context.HttpContext.Response.StatusCode;
            problem.Title ??= Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(problem.Status.Value);
            problem.Detail ??= Detail(context.HttpContext, problem.Status.Value);
            // Consistent, regardless of what the framework sets.
            problem.Type = "about:blank";
            SecurityHeaders.Apply(
                context.HttpContext,
                context.HttpContext.GetEndpoint() ?? context.HttpContext.Features.Get<IExceptionHandlerFeature>()?.Endpoint
            );
            // A failure is for this request only, even where a success may be cached.
            context.HttpContext.Response.Headers.CacheControl = "no-store";
            if (System.Diagnostics.Activity.Current is { } activity)
                problem.Extensions["trace_id"] = activity.TraceId.ToHexString();
            return new(
                context.HttpContext.Response.WriteAsJsonAsync(problem, json.Value.SerializerOptions, MediaTypeNames.Application.ProblemJson)
            );
        }
    }
}

/// <summary>Maps the exceptions of the core, of parameter binding and of the database.</summary>
sealed partial class Problems(IProblemDetailsService writer, FailureReports reports) : IExceptionHandler
{
    static readonly TimeSpan DatabaseRetry = TimeSpan.FromSeconds(2);

    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (Describe(exception) is not { } problem)
            return false;
        if (
            exception is BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest }
            && QueryProblems.Find(context, context.Features.Get<IExceptionHandlerFeature>()?.Endpoint as RouteEndpoint)
                is { Count: > 0 } query
        )
            problem = problem with { Detail = "One or more fields are not valid.", Errors = query };
        if (problem.Status == StatusCodes.Status503ServiceUnavailable && exception is not RefusedException)
        {
            reports.Failed("a request failed", exception);
        }

        await WriteAsync(context, problem);
        return true;
    }

    /// <summary>Writes the response to a request that was refused.</summary>
    public Task RefuseAsync(HttpContext context, RefusedException refused) => WriteAsync(context, Describe(refused));

    Task WriteAsync(HttpContext context, Problem problem)
    {
        context.Response.StatusCode = problem.Status;
        if (problem.RetryAfter is { } wait)
            context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        if (problem.Status == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate =
                context.Request.Headers.Authorization.Count == 0 ? "Bearer" : "Bearer error=\"invalid_token\"";
        var details = new Microsoft.AspNetCore.Mvc.ProblemDetails { Status = problem.Status, Detail = problem.Detail };
        if (problem.Errors is { Count: > 0 })
            details.Extensions["errors"] = problem.Errors.ToDictionary();
        return writer.WriteAsync(new() { HttpContext = context, ProblemDetails = details }).AsTask();
    }

    sealed record Problem(
        int Status,
        string? Detail = null,
        IReadOnlyDictionary<string, string[]>? Errors = null,
        TimeSpan? RetryAfter = null
    );

    static Problem? Describe(Exception exception) =>
        exception switch
        {
            RefusedException refused => Describe(refused),
            BadHttpRequestException bad => BadRequest(bad),
            // The framework's exception for application/json; charset=nonsense.
            InvalidOperationException { Source: "Microsoft.AspNetCore.Http.Extensions", InnerException: ArgumentException } => new(
                StatusCodes.Status415UnsupportedMediaType
            ),
            _ when DatabaseFailure.Of(exception) is { } failure => Describe(failure.Kind),
            _ => null,
        };

    static Problem Describe(RefusedException refused) => new(Status(refused.Refusal), refused.Message, refused.Errors, refused.RetryAfter);

    static int Status(Refusal refusal) =>
        refusal switch
        {
            Refusal.Invalid => StatusCodes.Status400BadRequest,
            Refusal.Unauthenticated => StatusCodes.Status401Unauthorized,
            Refusal.Forbidden => StatusCodes.Status403Forbidden,
            Refusal.NotFound => StatusCodes.Status404NotFound,
            Refusal.Conflict => StatusCodes.Status409Conflict,
            Refusal.Stale => StatusCodes.Status412PreconditionFailed,
            Refusal.KeyReused or Refusal.Unprocessable => StatusCodes.Status422UnprocessableEntity,
            Refusal.TooMany => StatusCodes.Status429TooManyRequests,
            Refusal.Busy => StatusCodes.Status503ServiceUnavailable,
            _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, "No status code is defined for this refusal."),
        };

    static Problem Describe(DatabaseFailureKind failure) =>
        failure switch
        {
            DatabaseFailureKind.NotText => new(StatusCodes.Status400BadRequest, JsonProblems.NotText),
            DatabaseFailureKind.Unavailable => new(
                StatusCodes.Status503ServiceUnavailable,
                "The database is temporarily unavailable. Try again shortly.",
                RetryAfter: DatabaseRetry
            ),
            DatabaseFailureKind.Busy => new(
                StatusCodes.Status503ServiceUnavailable,
                "The request timed out because of other requests for the same data. Try again shortly.",
                RetryAfter: DatabaseRetry
            ),
            DatabaseFailureKind.PoolExhausted => new(
                StatusCodes.Status503ServiceUnavailable,
                "The service is busy. Try again shortly.",
                RetryAfter: DatabaseRetry
            ),
            _ => throw new ArgumentOutOfRangeException(nameof(failure), failure, "No response is defined for this failure."),
        };

    static Problem BadRequest(BadHttpRequestException bad)
    {
        if (bad.InnerException is JsonException json)
        {
            var (detail, errors) = JsonProblems.Explain(json);
            return new(bad.StatusCode, detail, errors);
        }

        if (Parameter().Match(bad.Message) is { Success: true } parameter)
        {
            return new(
                bad.StatusCode,
                "One or more fields are not valid.",
                new Dictionary<string, string[]> { [parameter.Groups[1].Value] = ["Is not a valid value."] }
            );
        }

        if (Missing().Match(bad.Message) is { Success: true } missing)
        {
            return new(
                bad.StatusCode,
                "One or more fields are not valid.",
                new Dictionary<string, string[]> { [missing.Groups[1].Value] = ["Is required."] }
            );
        }

        return bad.StatusCode switch
        {
            StatusCodes.Status408RequestTimeout or StatusCodes.Status413PayloadTooLarge or StatusCodes.Status415UnsupportedMediaType => new(
                bad.StatusCode
            ),
            _ when bad.Message.Contains("body", StringComparison.Ordinal) => new(bad.StatusCode, "This request requires a body."),
            _ => new(bad.StatusCode, "The request cannot be read."),
        };
    }

    [GeneratedRegex("""^Failed to bind parameter "\S+ (\w+)" """, RegexOptions.NonBacktracking)]
    private static partial Regex Parameter();

    [GeneratedRegex("""^Required parameter "\S+ (\w+)" was not provided from query string""", RegexOptions.NonBacktracking)]
    private static partial Regex Missing();
}
