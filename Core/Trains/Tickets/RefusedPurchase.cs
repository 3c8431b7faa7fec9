namespace FunctionsApp.Core.Trains;

/// <summary>The refusal that is kept under an idempotency key.</summary>
/// <param name="Counts">Whether it is younger than <see cref="Window"/>; an older one is ignored, and the key can be used again.</param>
public sealed record RefusedPurchase(string Reason, bool Counts)
{
    /// <summary>Longer than two copies of a request can be in flight; short enough to try again with the same key.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
}
