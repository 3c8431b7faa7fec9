using System.Threading.RateLimiting;
using FunctionsApp.Core;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Limits the requests per minute and address that each process accepts on routes that are expensive or open to guessing:
/// <see cref="RateLimitOptions"/>. Further requests get 429 with <c>Retry-After</c>. The limit of failed logins is stored in the database
/// and applies to all processes together.
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
        // Replenished as evenly as whole tokens allow, but at most once per second.
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
