namespace FunctionsApp.Core.Tickets;

/// <summary>A module that issues tickets. Its HTTP side has an <c>ITicketPresenter</c> of the same kind.</summary>
public interface ITicketSource
{
    /// <summary>As in <see cref="TicketCode.Kind"/>; no two modules have the same.</summary>
    char Kind { get; }

    /// <summary>A user's tickets older than <paramref name="before"/>, newest first.</summary>
    Task<IReadOnlyList<TicketSummary>> ReadTicketsAsync(Guid userId, Guid? before, int limit, CancellationToken cancellationToken);

    /// <summary>Marks the ticket of a verified code as used: once, and again as in <see cref="TicketUse.RepeatWindow"/>.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Conflict"/> when it was used before or is cancelled;
    /// <see cref="Refusal.NotFound"/>.</exception>
    Task<UsedTicket> UseAsync(TicketCode code, Guid inspector, string? place, CancellationToken cancellationToken);
}
