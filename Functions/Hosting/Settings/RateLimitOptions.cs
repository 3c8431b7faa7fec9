using FunctionsApp.Core;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// The settings of section <c>RateLimits</c>: how many requests a minute each process takes from one address, 0 for no limit (a minute's
/// worth may come at once), and how many of one user it handles at the same time.
/// </summary>
public sealed class RateLimitOptions : ISettings
{
    /// <summary>Of <c>POST /login</c>.</summary>
    public int Login { get; set; } = 3000;

    /// <summary>Of <c>POST /signup</c>.</summary>
    public int Signup { get; set; } = 3000;

    /// <summary>Of <c>POST /token/refresh</c>.</summary>
    public int Refresh { get; set; } = 6000;

    /// <summary>
    /// How many requests of one user are handled at the same time, 0 for no limit. Fewer than the connections of the requests' pool
    /// (<see cref="Core.Database.PoolSizes"/>, by default 12), so that no user can hold all of them.
    /// </summary>
    public int UserAtOnce { get; set; } = 8;

    public void Check()
    {
        ConfigurationException.Require(
            UserAtOnce >= 0,
            $"RateLimits__{nameof(UserAtOnce)}",
            "must be 0 (no limit) or more requests of one user at the same time"
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
