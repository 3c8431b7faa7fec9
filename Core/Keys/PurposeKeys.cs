namespace FunctionsApp.Core.Keys;

/// <summary>The keys of one purpose at one moment.</summary>
/// <param name="signing">The key that signs; null when this process cannot decrypt it.</param>
/// <param name="all">The keys that verify, by key id.</param>
public sealed class PurposeKeys<T>(T? signing, IReadOnlyDictionary<string, T> all)
    where T : class
{
    /// <summary>The key that signs.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Busy"/> when this process cannot decrypt it.</exception>
    public T Signing =>
        signing ?? throw new RefusedException(Refusal.Busy, "This server cannot use the current signing key. Its log says why.");

    /// <summary>The keys that verify, by key id.</summary>
    public IReadOnlyDictionary<string, T> All => all;
}
