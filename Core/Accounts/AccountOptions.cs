using FunctionsApp.Core.Keys;

namespace FunctionsApp.Core.Accounts;

/// <summary>The settings of section <c>Accounts</c>.</summary>
public sealed class AccountOptions : ISettings
{
    /// <summary>The claim <c>iss</c> of access tokens, and the only one accepted.</summary>
    public string Issuer { get; set; } = "functionsapp";

    /// <summary>The claim <c>aud</c> of access tokens, and the only one accepted.</summary>
    public string Audience { get; set; } = "functionsapp";

    // Ended sessions are kept for two days: see SessionStore.RemoveExpiredAsync.
    static readonly TimeSpan MaxAccessTokenLifetime = TimeSpan.FromDays(1);

    /// <summary>How long an access token is valid: a day at most, because its session must be remembered for as long.</summary>
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a session lasts without a refresh.</summary>
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long a session lasts at most, however often it is refreshed.</summary>
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromDays(90);

    /// <summary>
    /// How many sessions a user may have; a login beyond that ends the oldest. Logins at the same moment may exceed it until the next one.
    /// 0 is no limit.
    /// </summary>
    public int SessionsPerUser { get; set; } = 100;

    /// <summary>
    /// How long a used refresh token still gets the same successor, for a client that did not receive the response. Longer than a request
    /// can take, or the retry of one that timed out would count as reuse.
    /// </summary>
    public TimeSpan RefreshGrace { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>BCrypt's work factor, 4 to 31: each step doubles the time. Older hashes are renewed at the next login.</summary>
    public int BcryptWorkFactor { get; set; } = 12;

    /// <summary>Threads that hash passwords; 0 means one fewer than there are processors, at least one.</summary>
    public int HashingThreads { get; set; }

    /// <summary><see cref="HashingThreads"/>, or what 0 stands for.</summary>
    internal int EffectiveHashingThreads => HashingThreads > 0 ? HashingThreads : Math.Max(1, Environment.ProcessorCount - 1);

    /// <summary>How many logins may wait for a hashing thread, and how many sign-ups, before more are refused (503).</summary>
    public int HashingQueue { get; set; } = 128;

    /// <summary>
    /// How often a pod reads which sessions have ended and which keys there are. On other pods than the one that revoked it, an access
    /// token is accepted for this long at most.
    /// </summary>
    public TimeSpan RevocationInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How much longer than <see cref="RevocationInterval"/> a server may be unable to read which sessions have ended, before it refuses
    /// all access tokens with 503: it no longer knows which of them were revoked.
    /// </summary>
    public TimeSpan RevocationTolerance { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Failed sign-ins of one account, from networks from which its user has not signed in before.</summary>
    public LeakyBucket AccountFailures { get; set; } = new(10, TimeSpan.FromSeconds(30));

    /// <summary>
    /// Failed sign-ins of one account from one network from which its user has signed in before: other networks cannot use these up. A
    /// network is an IPv4 address or the /64 of an IPv6 address.
    /// </summary>
    public LeakyBucket KnownAddressFailures { get; set; } = new(10, TimeSpan.FromSeconds(30));

    /// <summary>Failed sign-ins from one address, for any account.</summary>
    public LeakyBucket AddressFailures { get; set; } = new(100, TimeSpan.FromSeconds(5));

    /// <summary>The times that the keys of access tokens depend on.</summary>
    internal KeyTimes KeyTimes => new(RevocationInterval, AccessTokenLifetime, AccessTokens.ClockSkew);

    /// <summary>The limits for starting and renewing sessions.</summary>
    internal SessionLimits SessionLimits => new(RefreshTokenLifetime, SessionLifetime, SessionsPerUser);

    /// <summary>Checks the settings before anything depends on them.</summary>
    /// <exception cref="ConfigurationException">The first thing that is wrong, and what it can be.</exception>
    public void Check()
    {
        Require(BcryptWorkFactor is >= 4 and <= 31, nameof(BcryptWorkFactor), "must be 4 to 31; 12 takes about a quarter of a second");
        Require(HashingThreads >= 0, nameof(HashingThreads), "must be 0 (one fewer than processors) or more");
        Require(HashingQueue >= 0, nameof(HashingQueue), "must be 0 or more");
        Require(
            AccessTokenLifetime >= TimeSpan.FromSeconds(1) && AccessTokenLifetime <= MaxAccessTokenLifetime,
            nameof(AccessTokenLifetime),
            "must be a second to a day, such as 00:15:00; clients stay logged in with refresh tokens (RefreshTokenLifetime)"
        );
        Require(
            RefreshTokenLifetime >= AccessTokenLifetime,
            nameof(RefreshTokenLifetime),
            "must be no shorter than AccessTokenLifetime, such as 30.00:00:00"
        );
        Require(
            SessionLifetime >= AccessTokenLifetime,
            nameof(SessionLifetime),
            "must be no shorter than AccessTokenLifetime, such as 90.00:00:00"
        );
        Require(SessionsPerUser >= 0, nameof(SessionsPerUser), "must be 0 (no limit) or more, such as 100");
        Require(RevocationInterval > TimeSpan.Zero, nameof(RevocationInterval), "must be more than zero, such as 00:00:02");
        Require(RevocationTolerance >= TimeSpan.FromSeconds(1), nameof(RevocationTolerance), "must be a second or more, such as 00:00:30");
        foreach (
            var (name, bucket) in new[]
            {
                (nameof(AccountFailures), AccountFailures),
                (nameof(KnownAddressFailures), KnownAddressFailures),
                (nameof(AddressFailures), AddressFailures),
            }
        )
        {
            Require(bucket.Capacity >= 1, $"{name}__Capacity", "must be 1 or more");
            Require(bucket.Leak > TimeSpan.Zero, $"{name}__Leak", "must be more than zero, such as 00:00:30");
        }
    }

    /// <summary>Checks that the retry of a refresh that timed out arrives within the grace period.</summary>
    /// <param name="longestRequest">How long the server may try before it responds with 503.</param>
    /// <exception cref="ConfigurationException"><see cref="RefreshGrace"/> is not longer.</exception>
    public void CheckGrace(TimeSpan longestRequest) =>
        Require(
            RefreshGrace > longestRequest,
            nameof(RefreshGrace),
            $"must be more than the {(longestRequest == TimeSpan.MaxValue ? "unlimited time" : $"{longestRequest.TotalSeconds:0} s")} "
                + "that a request may wait for the database "
                + "(Timeout and Command Timeout in ConnectionStrings__Postgres), "
                + "such as 00:00:30: otherwise the retry of a refresh that timed out would end the session"
        );

    static void Require(bool holds, string name, string rule) => ConfigurationException.Require(holds, $"Accounts__{name}", rule);
}
