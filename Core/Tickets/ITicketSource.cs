namespace FunctionsApp.Core.Tickets;

/// <summary>A module that issues tickets.</summary>
public interface ITicketSource
{
    /// <summary>As in <see cref="TicketCode.Kind"/>.</summary>
    char Kind { get; }

    /// <summary>A user's tickets older than <paramref name="before"/>, newest first.</summary>
    Task<IReadOnlyList<TicketSummary>> ReadTicketsAsync(Guid userId, Guid? before, int limit, CancellationToken cancel);

    /// <summary>Lets the ticket of a code in that was verified: once, and again as in <see cref="Admission.RepeatWindow"/>.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Conflict"/> when it was used before or is cancelled;
    /// <see cref="Refusal.NotFound"/>.</exception>
    Task<Admitted> AdmitAsync(TicketCode code, Guid inspector, string? place, CancellationToken cancel);
}

/// <summary>A ticket in the list of all.</summary>
/// <param name="Scope">Its run or lot.</param>
/// <param name="Ticket">As its module has it.</param>
public sealed record TicketSummary(Guid Id, DateTime IssuedAt, object Scope, object Ticket);

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
