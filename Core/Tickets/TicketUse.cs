namespace FunctionsApp.Core.Tickets;

/// <summary>When, by whom and where a ticket was used.</summary>
/// <param name="By">The inspector.</param>
/// <param name="Place">As the inspector wrote it.</param>
public sealed record TicketUse(DateTime At, Guid By, string? Place)
{
    /// <summary>
    /// For this long the same inspector at the same place gets the first response again: a device that lost it asks once more, and the
    /// traveler is not refused.
    /// </summary>
    public static readonly TimeSpan RepeatWindow = TimeSpan.FromMinutes(1);
}
