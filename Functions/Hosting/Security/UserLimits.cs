using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Limits the concurrent requests per user in this process (<see cref="RateLimitOptions.UserAtOnce"/>), so that one user cannot hold all
/// database connections. Further requests wait without holding any resource. If too many are waiting, a request gets 429; if it has waited
/// too long, 503; both with <c>Retry-After</c>.
/// </summary>
static class UserLimits
{
    const int Waiting = 200;

    // Together with the timeouts of the database, a request then completes within 10 s.
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2),
        RetryAfter = TimeSpan.FromSeconds(1);

    public static void AddUserLimits(this IHostApplicationBuilder builder)
    {
        var atOnce = builder.Settings<RateLimitOptions>().UserAtOnce;
        if (atOnce == 0)
            return;
        builder.Services.AddSingleton(_ => new KeyedLimiter<string>(
            atOnce,
            Waiting,
            Timeout,
            full: () => Refused(Refusal.TooMany, "Too many requests from this user are waiting. Send fewer at the same time."),
            late: () => Refused(Refusal.Busy, "Too many requests from this user are in progress. Try again shortly.")
        ));
    }

    /// <summary>Must follow authentication. Requests without a valid token are not limited here.</summary>
    public static void UseUserLimits(this IApplicationBuilder app)
    {
        if (app.ApplicationServices.GetService<KeyedLimiter<string>>() is not { } limiter)
            return;
        app.Use(next =>
            context => context.User is TokenPrincipal { Subject: { } user } ? RunAsync(limiter, user, next, context) : next(context)
        );
    }

    static async Task RunAsync(KeyedLimiter<string> limiter, string user, RequestDelegate next, HttpContext context)
    {
        using var turn = await limiter.EnterAsync(user, context.RequestAborted);
        await next(context);
    }

    static RefusedException Refused(Refusal refusal, string message) => new(refusal, message) { RetryAfter = RetryAfter };
}
