using Core;

namespace Functions.Hosting.Settings;

/// <summary>
/// The settings of section <c>RateLimits</c>: how many requests a minute each process takes from one address, 0 for no limit. A minute's worth may come
/// at once.
/// </summary>
public sealed class RateLimitOptions : ISettings
{
    /// <summary>Of <c>POST /login</c>.</summary>
    public int Login { get; set; } = 3000;

    /// <summary>Of <c>POST /signup</c>.</summary>
    public int Signup { get; set; } = 3000;

    /// <summary>Of <c>POST /token/refresh</c>.</summary>
    public int Refresh { get; set; } = 6000;

    public void Check()
    {
        foreach (var (name, limit) in new[] { (nameof(Login), Login), (nameof(Signup), Signup), (nameof(Refresh), Refresh) })
        {
            ConfigurationException.Require(limit >= 0, $"RateLimits__{name}", "must be 0 (no limit) or more requests per minute and address");
        }
    }
}
