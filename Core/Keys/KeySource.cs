using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using Npgsql;

namespace FunctionsApp.Core.Keys;

/// <summary>Makes the set of keys from the settings and, for purposes without a setting of their own, from the database.</summary>
public sealed class KeySource(
    KeyStore store,
    KeyEncryption encryption,
    KeyOptions options,
    TicketKeyOptions tickets,
    KeyTimes times,
    ILogger<KeySource> logger
)
{
    // Clients read the next page within a day; an older cursor is a clear error.
    static readonly TimeSpan CursorLifetime = TimeSpan.FromDays(1);

    readonly HashSet<string> unreadable = [];

    /// <summary>The purposes whose keys are in the database.</summary>
    public IReadOnlyList<KeyPurpose> Stored { get; } =
    [
        .. Enum.GetValues<KeyPurpose>()
            .Where(purpose =>
                purpose switch
                {
                    KeyPurpose.AccessTokens => options.SigningKeys.Length == 0,
                    KeyPurpose.TicketCodes => tickets.CodeKeys.Length == 0 && UsesSecret(options),
                    _ => UsesSecret(options),
                }
            ),
    ];

    /// <summary>
    /// How long a key of access tokens verifies after the next one has started to sign: the lifetime of the last token signed with it. A
    /// server signs with it until it next reads the keys.
    /// </summary>
    TimeSpan AccessTokenPeriod => times.AccessTokenLifetime + 2 * times.ReadInterval + times.ClockSkew + TimeSpan.FromSeconds(30);

    /// <summary>The keys now. The first of each purpose is made when there is none.</summary>
    /// <param name="known">The set read before: its keys are not decrypted again.</param>
    /// <exception cref="ConfigurationException">A key that signs cannot be decrypted and <paramref name="known"/> is null, or a setting is
    /// wrong.</exception>
    public async Task<KeySet> ReadAsync(KeySet? known, CancellationToken cancellationToken)
    {
        // First: an invalid setting is an error at once, even while the database is unreachable.
        var accessTokens = options.SigningKeys.Length > 0 ? known?.AccessTokens ?? ConfiguredKeys.AccessTokens(options.SigningKeys) : null;
        var ticketCodes = tickets.CodeKeys.Length > 0 ? known?.TicketCodes ?? ConfiguredKeys.TicketCodes(tickets.CodeKeys) : null;

        ILookup<string, KeyStore.StoredKey>? rows = null;
        if (Stored.Count > 0)
        {
            rows = await ReadRowsAsync(cancellationToken);
            var missing = Stored.Where(purpose => !rows.Contains(purpose.Name())).ToList();
            if (missing.Count > 0)
            {
                // With the salt of the other keys, if there are any.
                foreach (var one in rows.SelectMany(of => of).Take(1))
                    TryOpen(KeyPurposes.Parse(one.Purpose), one);
                await store.AddFirstAsync([.. missing.Select(NewKey)], cancellationToken);
                rows = await ReadRowsAsync(cancellationToken);
            }
        }

        var set = new KeySet(
            accessTokens ?? Read(KeyPurpose.AccessTokens, rows!, known?.AccessTokens, AccessTokenPeriod, ReadRsa),
            ticketCodes
                ?? (
                    Stored.Contains(KeyPurpose.TicketCodes)
                        ? Read(KeyPurpose.TicketCodes, rows!, known?.TicketCodes, null, (kid, seed) => new TicketCodeKey(kid, seed))
                        : known?.TicketCodes ?? ConfiguredKeys.DerivedTicketCodes(options.SigningKeys)
                ),
            Stored.Contains(KeyPurpose.Cursors)
                ? Read(KeyPurpose.Cursors, rows!, known?.Cursors, CursorLifetime, (kid, secret) => new CursorKey(kid, secret))
                : known?.Cursors ?? ConfiguredKeys.DerivedCursors(options.SigningKeys)
        );
        if (rows is not null)
            await RenewEncryptionAsync(rows.SelectMany(of => of), cancellationToken);
        return set;
    }

    /// <summary>A new random key, encrypted.</summary>
    /// <exception cref="ConfigurationException">There is no secret to encrypt it with.</exception>
    public KeyStore.NewKey NewKey(KeyPurpose purpose)
    {
        var (kid, privateKey) = Make(purpose);
        return new(purpose, kid, encryption.Encrypt(purpose, kid, privateKey));
    }

    // With configured signing keys the secret is optional.
    static bool UsesSecret(KeyOptions options) => options.SigningKeys.Length == 0 || options.KeyEncryptionSecret is { Length: > 0 };

    async Task<ILookup<string, KeyStore.StoredKey>> ReadRowsAsync(CancellationToken cancellationToken) =>
        (await store.ReadAsync(cancellationToken))
            .Where(row => Stored.Any(purpose => purpose.Name() == row.Purpose))
            .ToLookup(row => row.Purpose);

    PurposeKeys<T> Read<T>(
        KeyPurpose purpose,
        ILookup<string, KeyStore.StoredKey> rows,
        PurposeKeys<T>? known,
        TimeSpan? verifiesFor,
        Func<string, byte[], T> make
    )
        where T : class
    {
        var schedule = KeySchedule.Of(rows[purpose.Name()], verifiesFor);
        var all = new Dictionary<string, T>();
        foreach (var row in schedule.Usable)
        {
            if (known?.All.GetValueOrDefault(row.Kid) is { } key)
                all[row.Kid] = key;
            else if (TryOpen(purpose, row) is { } privateKey)
                all[row.Kid] = make(row.Kid, privateKey);
            else if (row == schedule.Signing && known is null)
                throw OtherSecret(row);
        }

        return new(all.GetValueOrDefault(schedule.Signing.Kid), all);
    }

    byte[]? TryOpen(KeyPurpose purpose, KeyStore.StoredKey row)
    {
        try
        {
            var privateKey = encryption.Decrypt(purpose, row.Kid, row.PrivateKey);
            unreadable.Remove(row.Kid);
            return privateKey;
        }
        catch (CryptographicException e)
        {
            // Once, not every time the keys are read.
            if (unreadable.Add(row.Kid))
            {
                logger.LogWarning(
                    "The key {Kid} ({Purpose}) cannot be decrypted with Accounts__KeyEncryptionSecret and is not used here: {Problem}",
                    row.Kid,
                    row.Purpose,
                    e.Message
                );
            }

            return null;
        }
    }

    async Task RenewEncryptionAsync(IEnumerable<KeyStore.StoredKey> rows, CancellationToken cancellationToken)
    {
        foreach (var row in rows.Where(row => KeyEncryption.IsOldFormat(row.PrivateKey)))
        {
            var purpose = KeyPurposes.Parse(row.Purpose);
            if (TryOpen(purpose, row) is not { } privateKey)
                continue;
            try
            {
                await store.ReplaceEncryptionAsync(
                    row.Kid,
                    row.PrivateKey,
                    encryption.Encrypt(purpose, row.Kid, privateKey),
                    cancellationToken
                );
            }
            catch (NpgsqlException e)
            {
                logger.LogWarning(
                    "The key {Kid} keeps its old encryption until the database accepts the new one: {Problem}",
                    row.Kid,
                    e.Message
                );
            }
        }
    }

    static (string Kid, byte[] PrivateKey) Make(KeyPurpose purpose)
    {
        switch (purpose)
        {
            case KeyPurpose.AccessTokens:
                using (var rsa = RSA.Create(ConfiguredKeys.RsaSize))
                    return (ConfiguredKeys.KidOf(rsa), rsa.ExportPkcs8PrivateKey());
            case KeyPurpose.TicketCodes:
                var seed = RandomNumberGenerator.GetBytes(TicketCodeKey.SeedSize);
                return (TicketCodeKey.KidOf(seed), seed);
            default:
                return (CursorKey.NewKid(), RandomNumberGenerator.GetBytes(CursorKey.SecretSize));
        }
    }

    static RsaSecurityKey ReadRsa(string kid, byte[] privateKey)
    {
        using var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(privateKey, out _);
        return ConfiguredKeys.Rsa(rsa, kid);
    }

    static ConfigurationException OtherSecret(KeyStore.StoredKey row) =>
        new(
            $"The key {row.Kid} ({row.Purpose}) in the database was encrypted with another secret. Set Accounts__KeyEncryptionSecret "
                + "to the one it was made with. "
                + "If that is lost, stop all servers and run 'keys rotate --secret-lost': it makes new keys, and users have to refresh "
                + "their access tokens."
        );
}
