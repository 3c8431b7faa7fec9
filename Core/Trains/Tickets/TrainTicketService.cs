using FunctionsApp.Core.Tickets;

namespace FunctionsApp.Core.Trains;

/// <summary>Tickets that were bought: reading and cancelling them. <see cref="TicketPurchases"/> sells them.</summary>
public sealed class TrainTicketService(
    TrainTicketStore store,
    CancellationStore cancellations,
    RunCache runs,
    TicketCodes codes,
    TimeProvider time
)
{
    /// <summary>A ticket.</summary>
    /// <param name="owner">The user who has to own it; null for any.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>, also when it is another user's.</exception>
    public async Task<(TrainRun Run, TrainTicket Ticket)> ReadTicketAsync(
        Guid runId,
        Guid id,
        Guid? owner,
        CancellationToken cancellationToken
    ) =>
        await store.ReadTicketAsync(runId, id, owner, cancellationToken) is { } ticket
            ? (await runs.GetAsync(runId, cancellationToken), ticket)
            : throw NoTicket();

    /// <summary>Cancels a ticket; idempotent. Waitlisted tickets that now fit are confirmed with it.</summary>
    /// <param name="owner">The user who has to own it; null for any.</param>
    /// <exception cref="RefusedException">
    /// <see cref="Refusal.NotFound"/>; <see cref="Refusal.Conflict"/> when it was used; <see cref="Refusal.Busy"/> when there are too many
    /// cancellations of this run.
    /// </exception>
    public async Task<(TrainRun Run, TrainTicket Ticket)> CancelTicketAsync(
        Guid runId,
        Guid id,
        Guid? owner,
        CancellationToken cancellationToken
    )
    {
        var (run, ticket) = await ReadTicketAsync(runId, id, owner, cancellationToken);
        var refund = Refund.Of(ticket.Fare, run.DepartureFrom(ticket.Segment.Starts) - Now);
        if (await cancellations.CancelTicketAsync(run, ticket, refund, cancellationToken) is { } cancelled)
            return (run, cancelled);
        (_, ticket) = await ReadTicketAsync(runId, id, owner, cancellationToken);
        return ticket.Status == TrainTicketStatus.Cancelled
            ? (run, ticket)
            : throw new RefusedException(Refusal.Conflict, "The ticket was used already.");
    }

    /// <summary>The content of the QR code; null unless the ticket has seats.</summary>
    public string? CodeOf(TrainTicket ticket) =>
        ticket.Status != TrainTicketStatus.Confirmed || ticket.Seats.Count == 0
            ? null
            : codes.Sign(new(TrainTicketSource.CodeKind, ticket.RunId, ticket.Id));

    DateTime Now => time.GetUtcNow().UtcDateTime;

    static RefusedException NoTicket() => new(Refusal.NotFound, "There is no such ticket.");
}
