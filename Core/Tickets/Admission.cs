namespace FunctionsApp.Core.Tickets;

/// <summary>A ticket that was let in just now.</summary>
public sealed record Admitted(Guid Ticket, Admission Admission, IReadOnlyList<string> Seats, IReadOnlyList<string> Passengers)
{
    /// <summary>It was let in before.</summary>
    public static RefusedException Before(Admission first) =>
        new(
            Refusal.Conflict,
            $"The ticket was used at {first.At:yyyy-MM-dd'T'HH:mm:ss'Z'}{(first.Place is { } place ? $", {place}" : "")}."
        );
}

/// <summary>When, by whom and where a ticket was used.</summary>
/// <param name="Place">As the inspector wrote it.</param>
public sealed record Admission(DateTime At, Guid By, string? Place)
{
    /// <summary>
    /// So long the same inspector at the same place gets the first answer again: a device that lost it asks once more, and the traveler is
    /// not refused.
    /// </summary>
    public static readonly TimeSpan RepeatWindow = TimeSpan.FromMinutes(1);
}
