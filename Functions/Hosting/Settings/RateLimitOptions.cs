using FunctionsApp.Core;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// The settings of section <c>RateLimits</c>: the requests per minute and address that each process accepts, 0 for no limit (a burst may
/// use up a whole minute's requests), and the concurrent requests per user.
/// </summary>
public sealed class RateLimitOptions : ISettings
{
    /// <summary>The limit of <c>POST /login</c>.</summary>
    public int Login { get; set; } = 3000;

    /// <summary>The limit of <c>POST /signup</c>.</summary>
    public int Signup { get; set; } = 3000;

    /// <summary>The limit of <c>POST /token/refresh</c>.</summary>
    public int Refresh { get; set; } = 6000;

    /// <summary>
    /// The maximum number of concurrent requests per user, 0 for no limit. The default is less than the size of the pool for requests
    /// (<see cref="Core.Database.PoolSizes"/>, 12 by default), so that no user can hold all connections.
    /// </summary>
    public int UserAtOnce { get; set; } = 8;

    public void Check()
    {
        ConfigurationException.Require(
            UserAtOnce >= 0,
            $"RateLimits__{nameof(UserAtOnce)}",
            "must be 0 (no limit) or more concurrent requests per user"
        );
        foreach (var (name, limit) in new[] { (nameof(Login), Login), (nameof(Signup), Signup), (nameof(Refresh), Refresh) })
        {
            ConfigurationException.Require(
                limit >= 0,
                $"RateLimits__{name}",
                "must be 0 (no limit) or more requests per minute and address"
            );
        }
    }
}
