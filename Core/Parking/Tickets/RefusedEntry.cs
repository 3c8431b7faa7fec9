namespace FunctionsApp.Core.Parking;

/// <summary>The refusal that is kept under an idempotency key.</summary>
/// <param name="Reason">As it was in the response.</param>
/// <param name="Counts">Whether it is younger than <see cref="Window"/>; an older one is ignored, and the key can be used again.</param>
public sealed record RefusedEntry(string Reason, bool Counts)
{
    /// <summary>The lot has no free spot.</summary>
    public const string Full = "There is no free spot for this vehicle.";

    /// <summary>The user already has a stay with this plate.</summary>
    public const string AlreadyParked = "You already have a stay with this plate.";

    /// <summary>Longer than two copies of a request can be in flight; short enough to try again with the same key.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>The refusal for the caller.</summary>
    public RefusedException ToException() => Of(Reason);

    /// <summary>The response for a reason.</summary>
    public static RefusedException Of(string reason) =>
        reason == AlreadyParked ? RefusedException.Conflict("plate", AlreadyParked) : new(Refusal.Conflict, reason);
}
