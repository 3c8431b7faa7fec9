using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace Core.Accounts;

/// <summary>
/// The RSA keys that sign and verify access tokens: from configuration, or made on first use and kept encrypted in the database.
/// They are cached; verifying a token reads nothing.
/// </summary>
public sealed class SigningKeys(AccountStore store, AccountOptions options, TimeProvider time, ILogger<SigningKeys> logger) : IBackgroundWork, IDisposable
{
    /// <summary>The shortest secret that <see cref="AccountOptions.KeyEncryptionSecret"/> may be, in characters.</summary>
    public const int MinSecretLength = 32;

    const int KeySize = 2048;

    static readonly PbeParameters Encryption = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, iterationCount: 50_000);

    // An unknown key id makes us look for new keys, but a stream of made-up ones must not become a stream of queries.
    static readonly TimeSpan MinRefreshInterval = TimeSpan.FromSeconds(1);

    readonly SemaphoreSlim refreshing = new(1, 1);
    KeySet? current;
    DateTimeOffset lookedAt;

    /// <summary>The keys of one moment.</summary>
    /// <param name="Signing">Signs.</param>
    /// <param name="All">Verify, by key id.</param>
    public sealed record KeySet(RsaSecurityKey Signing, IReadOnlyDictionary<string, RsaSecurityKey> All);

    public TimeSpan Interval => TimeSpan.FromSeconds(15);

    /// <summary>The cached keys; null before they were first read.</summary>
    public KeySet? Cached => Volatile.Read(ref current);

    public Task StartAsync(CancellationToken cancel) => RefreshAsync(cancel);

    public Task RunOnceAsync(CancellationToken cancel) => RefreshAsync(cancel);

    /// <summary>The cached keys, read now when they never were.</summary>
    /// <exception cref="ConfigurationException">They cannot be decrypted or read.</exception>
    public async ValueTask<KeySet> GetAsync(CancellationToken cancel)
    {
        if (Cached is { } keys) return keys;
        await RefreshAsync(cancel);
        return Cached!;
    }

    /// <summary>The key of this id. One that is not cached is looked for, at most once a second.</summary>
    public async ValueTask<RsaSecurityKey?> FindAsync(string kid, CancellationToken cancel)
    {
        var keys = await GetAsync(cancel);
        if (keys.All.TryGetValue(kid, out var key)) return key;
        if (time.GetUtcNow() - lookedAt < MinRefreshInterval) return null;
        await RefreshAsync(cancel, unlessWithin: MinRefreshInterval);
        return Cached!.All.GetValueOrDefault(kid);
    }

    /// <summary>Makes a new key that signs from now on. Tokens of the old one are good until they expire.</summary>
    /// <returns>The new key's id.</returns>
    /// <exception cref="ConfigurationException">The keys come from configuration.</exception>
    public async Task<string> RotateAsync(CancellationToken cancel)
    {
        if (options.SigningKeys.Length > 0)
        {
            throw new ConfigurationException("The signing keys come from configuration (Accounts__SigningKeys__0). Put a new key first and leave the old one second until its tokens have expired.");
        }

        using var rsa = RSA.Create(KeySize);
        var kid = Kid(rsa);
        await store.RotateSigningKeyAsync(kid, Encrypt(rsa), cancel);
        return kid;
    }

    public void Dispose() => refreshing.Dispose();

    async Task RefreshAsync(CancellationToken cancel, TimeSpan unlessWithin = default)
    {
        await refreshing.WaitAsync(cancel);
        try
        {
            // Another may have read them while this one waited.
            if (Cached is not null && time.GetUtcNow() - lookedAt < unlessWithin) return;
            // Also when it fails: with the database away, made-up key ids must not queue up for it.
            lookedAt = time.GetUtcNow();
            var keys = options.SigningKeys.Length > 0 ? Cached ?? FromConfiguration() : await FromDatabaseAsync(cancel);
            Volatile.Write(ref current, keys);
        }
        finally
        {
            refreshing.Release();
        }
    }

    KeySet FromConfiguration()
    {
        var keys = options.SigningKeys.Select((pem, i) =>
        {
            using var rsa = RSA.Create();
            try
            {
                rsa.ImportFromPem(pem);
                if (rsa.KeySize < KeySize) throw new CryptographicException($"It has {rsa.KeySize} bits.");
                return Key(rsa, Kid(rsa));
            }
            catch (Exception e) when (e is ArgumentException or CryptographicException)
            {
                throw new ConfigurationException($"Accounts__SigningKeys__{i} is not an RSA private key in PEM of {KeySize} bits or more. Make one with 'openssl genrsa {KeySize}'.", e);
            }
        }).DistinctBy(key => key.KeyId).ToList();
        return new(keys[0], keys.ToDictionary(key => key.KeyId));
    }

    async Task<KeySet> FromDatabaseAsync(CancellationToken cancel)
    {
        // A retired key verifies until the last token that any pod signed with it has expired: a pod may sign with it until its next refresh.
        var period = options.AccessTokenLifetime + 2 * Interval + AccessTokens.ClockSkew;
        var rows = await store.ReadSigningKeysAsync(period, cancel);
        if (!rows.Any(row => row.Current))
        {
            using var rsa = RSA.Create(KeySize);
            await store.AddFirstSigningKeyAsync(Kid(rsa), Encrypt(rsa), cancel);
            rows = await store.ReadSigningKeysAsync(period, cancel);
        }

        var known = Cached?.All;
        var all = new Dictionary<string, RsaSecurityKey>();
        foreach (var row in rows)
        {
            if (known?.GetValueOrDefault(row.Kid) is { } key) all[row.Kid] = key;
            else if (Decrypt(row) is { } read) all[row.Kid] = read;
        }

        return new(all[rows.First(row => row.Current).Kid], all);
    }

    RsaSecurityKey? Decrypt(AccountStore.SigningKeyRow row)
    {
        using var rsa = RSA.Create();
        try
        {
            rsa.ImportFromEncryptedPem(row.PrivateKey, options.KeyEncryptionSecret);
            return Key(rsa, row.Kid);
        }
        catch (CryptographicException e)
        {
            if (row.Current)
            {
                throw new ConfigurationException(
                    $"The signing key {row.Kid} in the database was encrypted with another secret. Set Accounts__KeyEncryptionSecret to the one it was made with, "
                    + "or make a new key with 'keys rotate': all access tokens then become invalid, refresh tokens stay good.", e);
            }

            logger.LogWarning("The retired signing key {Kid} was encrypted with another secret and verifies nothing here", row.Kid);
            return null;
        }
    }

    // By its parameters: an RSA object is not for several threads at once.
    static RsaSecurityKey Key(RSA rsa, string kid) => new(rsa.ExportParameters(true)) { KeyId = kid };

    string Encrypt(RSA rsa) => rsa.ExportEncryptedPkcs8PrivateKeyPem(options.KeyEncryptionSecret, Encryption);

    // RFC 7638: the key's own thumbprint, so that the same key has the same id everywhere.
    static string Kid(RSA rsa) => Base64UrlEncoder.Encode(JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(rsa.ExportParameters(false))).ComputeJwkThumbprint());
}
