namespace FunctionsApp.Core.Trains;

/// <summary>The refusal that is kept under an idempotency key.</summary>
/// <param name="Counts">Whether it is younger than <see cref="Window"/>; an older one is forgotten, and the key may be used again.</param>
public sealed record RefusedPurchase(string Reason, bool Counts)
{
    /// <summary>Longer than two copies of one request can be on their way; short enough to try again with the same key.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
}
