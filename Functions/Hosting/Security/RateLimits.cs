using System.Threading.RateLimiting;
using FunctionsApp.Core;
using Microsoft.AspNetCore.RateLimiting;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// How many requests a minute each process takes from one address on routes that cost much or can be guessed at:
/// <see cref="RateLimitOptions"/>. Beyond that requests are answered with 429 and <c>Retry-After</c>. The limit of failed logins is kept in
/// the database and holds for all processes together.
/// </summary>
static class RateLimits
{
    public const string Login = nameof(Login),
        Signup = nameof(Signup),
        Refresh = nameof(Refresh);

    public static void AddRateLimits(this IHostApplicationBuilder builder)
    {
        var settings = builder.Settings<RateLimitOptions>();
        (string Policy, int PerMinute)[] limits = [(Login, settings.Login), (Signup, settings.Signup), (Refresh, settings.Refresh)];
        builder.Services.AddSingleton<ForwardedPeer>();
        builder.Services.AddRateLimiter(options =>
        {
            foreach (var (policy, perMinute) in limits)
                options.AddPolicy(policy, context => Partition(context, perMinute));
            options.OnRejected = (rejected, _) =>
                throw new RefusedException(Refusal.TooMany, "Too many requests from this address. Try again later.")
                {
                    RetryAfter = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1),
                };
        });
    }

    static RateLimitPartition<string> Partition(HttpContext context, int perMinute)
    {
        if (perMinute == 0)
            return RateLimitPartition.GetNoLimiter("");
        // As evenly as whole tokens allow, and no more often than once a second.
        var tokens = Math.Max(1, perMinute / 60);
        return RateLimitPartition.GetTokenBucketLimiter(
            context.RequestServices.GetRequiredService<ForwardedPeer>().ThrottleKey(context),
            _ =>
                new()
                {
                    TokenLimit = perMinute,
                    TokensPerPeriod = tokens,
                    ReplenishmentPeriod = TimeSpan.FromMinutes(1) * tokens / perMinute,
                    QueueLimit = 0,
                    AutoReplenishment = true,
                }
        );
    }
}
