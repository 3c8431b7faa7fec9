namespace FunctionsApp.Core;

/// <summary>The keys of cursors as this process knows them.</summary>
public interface ICursorKeys
{
    /// <summary>The key that signs.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Busy"/>: the keys have not been read yet.</exception>
    CursorKey Signing { get; }

    /// <summary>The keys that verify.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Busy"/>: the keys have not been read yet.</exception>
    IEnumerable<CursorKey> All { get; }
}
