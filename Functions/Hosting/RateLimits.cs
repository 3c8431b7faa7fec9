using System.Globalization;
using System.Threading.RateLimiting;
using Core;
using Microsoft.AspNetCore.RateLimiting;

namespace Functions.Hosting;

/// <summary>
/// How many requests a minute each process takes from one address on routes that cost much or can be guessed at: section <c>RateLimits</c>. Beyond that
/// requests are answered with 429 and <c>Retry-After</c>. The limit of failed logins is kept in the database and holds for all processes together.
/// </summary>
static class RateLimits
{
    public const string Login = nameof(Login), Signup = nameof(Signup), Refresh = nameof(Refresh);

    // A minute's worth may come at once.
    static readonly (string Policy, int PerMinute)[] Defaults = [(Login, 3000), (Signup, 3000), (Refresh, 6000)];

    public static void AddRateLimits(this IHostApplicationBuilder builder)
    {
        var limits = Defaults.Select(one => (one.Policy, PerMinute: Read(builder.Configuration, one.Policy, one.PerMinute))).ToList();
        builder.Services.AddSingleton<ForwardedPeer>();
        builder.Services.AddRateLimiter(options =>
        {
            foreach (var (policy, perMinute) in limits) options.AddPolicy(policy, context => Partition(context, perMinute));
            options.OnRejected = (rejected, _) => throw new RefusedException(Refusal.TooMany, "Too many requests from this address. Try again later.")
            {
                RetryAfter = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1),
            };
        });
    }

    static RateLimitPartition<string> Partition(HttpContext context, int perMinute)
    {
        if (perMinute == 0) return RateLimitPartition.GetNoLimiter("");
        // As evenly as whole tokens allow, and no more often than once a second.
        var tokens = Math.Max(1, perMinute / 60);
        return RateLimitPartition.GetTokenBucketLimiter(
            context.RequestServices.GetRequiredService<ForwardedPeer>().ThrottleKey(context),
            _ => new()
            {
                TokenLimit = perMinute,
                TokensPerPeriod = tokens,
                ReplenishmentPeriod = TimeSpan.FromMinutes(1) * tokens / perMinute,
                QueueLimit = 0,
                AutoReplenishment = true,
            });
    }

    static int Read(IConfiguration configuration, string policy, int fallback)
    {
        if (configuration[$"RateLimits:{policy}"] is not { Length: > 0 } text) return fallback;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new ConfigurationException(
                $"RateLimits__{policy} is '{text}'. It must be a number of requests per minute and address, such as {fallback}, or 0 for no limit.");
    }
}
