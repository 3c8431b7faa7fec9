namespace FunctionsApp.Core.Keys;

/// <summary>Replaces keys: what an operator does from the command line.</summary>
public sealed class KeyRotation(KeyStore store, KeySource source, KeyTimes times)
{
    /// <summary>How long clients may cache the public keys (<c>Cache-Control: max-age</c> of the JWKS).</summary>
    public static readonly TimeSpan PublicKeyLifetime = TimeSpan.FromSeconds(60);

    /// <summary>How long a new key is published before it signs: by then every server and every client of the JWKS has read it.</summary>
    public TimeSpan Lead => PublicKeyLifetime + 2 * times.ReadInterval + times.ClockSkew;

    /// <summary>Publishes a new key that signs after <see cref="Lead"/>. What the old one signed stays valid.</summary>
    /// <exception cref="ConfigurationException">The keys come from the settings, or the keys in use were encrypted with another
    /// secret.</exception>
    public async Task<(string Kid, DateTime SignsFrom)> RotateAsync(KeyPurpose purpose, CancellationToken cancellationToken)
    {
        await CheckAsync(purpose, cancellationToken);
        var key = source.NewKey(purpose);
        return (key.Kid, await store.AddAsync(key, Lead, cancellationToken));
    }

    /// <summary>
    /// Revokes all keys of a purpose and adds one that signs at once. Every server refuses what the old ones signed after
    /// <see cref="KeyTimes.ReadInterval"/> at the latest.
    /// </summary>
    /// <exception cref="ConfigurationException">As for <see cref="RotateAsync"/>.</exception>
    public async Task<(string Kid, int Revoked)> RevokeAsync(KeyPurpose purpose, CancellationToken cancellationToken)
    {
        await CheckAsync(purpose, cancellationToken);
        var key = source.NewKey(purpose);
        return (key.Kid, await store.ReplaceAsync([key], cancellationToken));
    }

    /// <summary>
    /// Revokes all keys in the database and makes new ones with the current secret, regardless of what the old ones were encrypted
    /// with.
    /// </summary>
    /// <returns>How many were revoked.</returns>
    public Task<int> ReplaceAllAsync(CancellationToken cancellationToken) =>
        store.ReplaceAsync([.. source.Stored.Select(source.NewKey)], cancellationToken);

    // Reads the keys as a server does: with a different secret it would add one that no server can read.
    async Task CheckAsync(KeyPurpose purpose, CancellationToken cancellationToken)
    {
        if (!source.Stored.Contains(purpose))
        {
            throw new ConfigurationException(
                purpose switch
                {
                    KeyPurpose.TicketCodes =>
                        "The keys of the codes of tickets come from configuration (Tickets__CodeKeys__0, or Accounts__SigningKeys__0 "
                            + "without a secret). "
                            + "Put a new key first and leave the old one second for as long as its codes are in use.",
                    KeyPurpose.Cursors => "The keys of cursors are derived from Accounts__SigningKeys__0 and change with it.",
                    _ => "The signing keys come from configuration (Accounts__SigningKeys__0). "
                        + "Put a new key first and leave the old one second until its tokens have expired.",
                }
            );
        }

        await source.ReadAsync(known: null, cancellationToken);
    }
}
