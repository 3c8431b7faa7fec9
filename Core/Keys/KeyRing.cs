using FunctionsApp.Core.Background;
using Microsoft.IdentityModel.Tokens;

namespace FunctionsApp.Core.Keys;

/// <summary>
/// The keys as this process knows them, read again every <see cref="KeyTimes.ReadInterval"/>. Signing and verifying with a
/// known key reads nothing.
/// </summary>
public sealed class KeyRing : IBackgroundWork, IDisposable
{
    // Base64url of SHA-256, and of eight bytes: no other text can be the id of a key, so none is looked up.
    const int ThumbprintLength = 43,
        ShortKidLength = 11;

    static readonly TimeSpan MinLookUpInterval = TimeSpan.FromMilliseconds(250);

    readonly SemaphoreSlim reading = new(1, 1);
    readonly KeySource source;
    readonly KeyTimes times;
    readonly SharedLookUp lookUp;
    KeySet? current;

    public KeyRing(KeySource source, KeyTimes times, TimeProvider time)
    {
        (this.source, this.times) = (source, times);
        lookUp = new(() => ReadAsync(CancellationToken.None), MinLookUpInterval, time);
    }

    public TimeSpan Interval => times.ReadInterval;

    /// <summary>The keys; null before they are first read.</summary>
    public KeySet? Cached => Volatile.Read(ref current);

    /// <summary>The keys, which were read before.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Busy"/> when they were not: the database has been unreachable since the
    /// start.</exception>
    public KeySet Current =>
        Cached
        ?? throw new RefusedException(Refusal.Busy, "The signing keys have not been read yet. Try again shortly.")
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    public Task StartAsync(CancellationToken cancellationToken) => ReadAsync(cancellationToken);

    public Task RunOnceAsync(CancellationToken cancellationToken) => ReadAsync(cancellationToken);

    /// <summary>The keys, read now if they have not been read before.</summary>
    /// <exception cref="ConfigurationException">They cannot be decrypted.</exception>
    /// <exception cref="Npgsql.NpgsqlException">The database is unreachable.</exception>
    public async ValueTask<KeySet> GetAsync(CancellationToken cancellationToken)
    {
        if (Cached is null)
            await ReadAsync(cancellationToken);
        return Current;
    }

    /// <summary>
    /// The key of access tokens with an id. For one that is not known here the keys are read again; concurrent requests share
    /// one read.
    /// </summary>
    /// <exception cref="Npgsql.NpgsqlException">The database is unreachable, so it is unknown whether there is such a key.</exception>
    public ValueTask<RsaSecurityKey?> FindAccessTokenKeyAsync(string kid, CancellationToken cancellationToken) =>
        FindAsync(kid, ThumbprintLength, KeyPurpose.AccessTokens, set => set.AccessTokens, cancellationToken);

    /// <summary>Like <see cref="FindAccessTokenKeyAsync"/>, for the codes of tickets.</summary>
    public ValueTask<TicketCodeKey?> FindTicketCodeKeyAsync(string kid, CancellationToken cancellationToken) =>
        FindAsync(kid, ShortKidLength, KeyPurpose.TicketCodes, set => set.TicketCodes, cancellationToken);

    public void Dispose() => reading.Dispose();

    async ValueTask<T?> FindAsync<T>(
        string kid,
        int length,
        KeyPurpose purpose,
        Func<KeySet, PurposeKeys<T>> keys,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var all = keys(await GetAsync(cancellationToken)).All;
        if (all.TryGetValue(kid, out var key))
            return key;
        if (kid.Length != length || !System.Buffers.Text.Base64Url.IsValid(kid) || !source.Stored.Contains(purpose))
            return null;
        await lookUp.WaitAsync(() => keys(Current).All.ContainsKey(kid), cancellationToken);
        return keys(Current).All.GetValueOrDefault(kid);
    }

    // One at a time: an older result must not replace a newer one, or a revoked key would return.
    async Task ReadAsync(CancellationToken cancellationToken)
    {
        await reading.WaitAsync(cancellationToken);
        try
        {
            Volatile.Write(ref current, await source.ReadAsync(Cached, cancellationToken));
        }
        finally
        {
            reading.Release();
        }
    }
}
