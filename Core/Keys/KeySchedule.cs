namespace FunctionsApp.Core.Keys;

/// <summary>The life cycle of the keys of one purpose: published, signing, verifying only, expired.</summary>
/// <param name="Signing">The key that signs.</param>
/// <param name="Usable">The keys that verify: the one that signs, those that will, and those whose signatures may still be valid.</param>
public sealed record KeySchedule(KeyStore.StoredKey Signing, IReadOnlyList<KeyStore.StoredKey> Usable)
{
    /// <summary>The keys of one purpose at the moment they were read.</summary>
    /// <param name="rows">At least one.</param>
    /// <param name="verifiesFor">How long a key verifies after the next one has started to sign; null for no limit.</param>
    public static KeySchedule Of(IEnumerable<KeyStore.StoredKey> rows, TimeSpan? verifiesFor)
    {
        var keys = rows.OrderBy(row => row.SignsFrom).ThenBy(row => row.Kid, StringComparer.Ordinal).ToList();
        var signing = Math.Max(0, keys.FindLastIndex(row => row.SignsFrom <= row.ReadAt));
        return new(
            keys[signing],
            [.. keys.Where((row, i) => i >= signing || verifiesFor is not { } period || keys[i + 1].SignsFrom + period > row.ReadAt)]
        );
    }
}
