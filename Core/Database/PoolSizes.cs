namespace FunctionsApp.Core.Database;

/// <summary>
/// How the connections of one server are divided into pools. Their sum is <c>Maximum Pool Size</c> of the connection string, so a server
/// never opens more.
/// </summary>
/// <param name="Requests">For requests in general.</param>
/// <param name="SignIn">For login and refresh, so that they work while all of <paramref name="Requests"/> are in use.</param>
/// <param name="LongWork">For imports, exports and other work whose statements may take minutes.</param>
/// <param name="System">For probes, signing keys and revoked sessions.</param>
public sealed record PoolSizes(int Requests, int SignIn, int LongWork, int System)
{
    /// <summary>The minimum number of connections to divide. With fewer there is a single pool.</summary>
    public const int MinDivided = 8;

    /// <summary>
    /// The default of <c>Maximum Pool Size</c>: four servers fit into Postgres's default of <c>max_connections =
    /// 100</c>.
    /// </summary>
    public const int DefaultTotal = 20;

    /// <summary>Whether there is a single pool for everything.</summary>
    public bool IsShared => SignIn == 0;

    /// <summary>The connections that long work can use: its own, or those of the single pool.</summary>
    public int ForLongWork => IsShared ? Requests : LongWork;

    /// <summary>The maximum number of connections of a server.</summary>
    public int Total => Requests + SignIn + LongWork + System;

    /// <summary>
    /// Divides the connections: a sixth each (at most 8) for login and for long work, which gets at least two so that imports leave one,
    /// one or two for the process itself, and the rest for requests.
    /// </summary>
    /// <param name="total">1 or more.</param>
    public static PoolSizes Of(int total)
    {
        if (total < MinDivided)
            return new(total, 0, 0, 0);
        var (few, system) = (Math.Clamp(total / 6, 1, 8), Math.Clamp(total / 10, 1, 2));
        var longWork = Math.Max(few, 2);
        return new(total - few - longWork - system, few, longWork, system);
    }
}
