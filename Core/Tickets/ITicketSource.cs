namespace FunctionsApp.Core.Tickets;

/// <summary>A module that issues tickets.</summary>
public interface ITicketSource
{
    /// <summary>As in <see cref="TicketCode.Kind"/>.</summary>
    char Kind { get; }

    /// <summary>A user's tickets older than <paramref name="before"/>, newest first.</summary>
    Task<IReadOnlyList<TicketSummary>> ReadTicketsAsync(Guid userId, Guid? before, int limit, CancellationToken cancellationToken);

    /// <summary>Lets the ticket of a code in that was verified: once, and again as in <see cref="Admission.RepeatWindow"/>.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Conflict"/> when it was used before or is cancelled;
    /// <see cref="Refusal.NotFound"/>.</exception>
    Task<Admitted> AdmitAsync(TicketCode code, Guid inspector, string? place, CancellationToken cancellationToken);
}
