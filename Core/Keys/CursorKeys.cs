namespace FunctionsApp.Core.Keys;

/// <summary>The keys of cursors in the ring.</summary>
public sealed class CursorKeys(KeyRing ring) : ICursorKeys
{
    public CursorKey Signing => ring.Current.Cursors.Signing;

    public IEnumerable<CursorKey> All => ring.Current.Cursors.All.Values;
}
