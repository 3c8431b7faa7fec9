namespace FunctionsApp.Core.Tickets;

/// <summary>A ticket that was verified and is now used.</summary>
public sealed record UsedTicket(Guid Id, TicketUse Use, IReadOnlyList<string> Seats, IReadOnlyList<string> Passengers)
{
    /// <summary>The refusal of a ticket that was used before.</summary>
    public static RefusedException AlreadyUsed(TicketUse first) =>
        new(
            Refusal.Conflict,
            $"The ticket was used at {first.At:yyyy-MM-dd'T'HH:mm:ss'Z'}{(first.Place is { } place ? $", {place}" : "")}."
        );
}
