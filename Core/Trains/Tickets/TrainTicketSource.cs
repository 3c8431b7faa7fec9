using FunctionsApp.Core.Tickets;

namespace FunctionsApp.Core.Trains;

/// <summary>Train tickets, for the module Tickets.</summary>
public sealed class TrainTicketSource(TrainTicketStore store, TrainTicketUseStore uses, RunCache runs) : ITicketSource
{
    /// <summary>In signed codes. Tickets that were issued have it, so it cannot change.</summary>
    public const char CodeKind = 't';

    /// <inheritdoc/>
    public char Kind => CodeKind;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TicketSummary>> ReadTicketsAsync(
        Guid userId,
        Guid? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        List<TicketSummary> tickets = [];
        foreach (var ticket in await store.ReadTicketsAsync(userId, before, limit, cancellationToken))
            tickets.Add(new(ticket.Id, Kind, ticket.IssuedAt, await runs.GetAsync(ticket.RunId, cancellationToken), ticket));
        return tickets;
    }

    /// <inheritdoc/>
    public async Task<UsedTicket> UseAsync(TicketCode code, Guid inspector, string? place, CancellationToken cancellationToken)
    {
        var isUsedNow = await uses.UseAsync(code.Scope, code.Ticket, inspector, place, cancellationToken);
        var ticket =
            await store.ReadTicketAsync(code.Scope, code.Ticket, owner: null, cancellationToken)
            ?? throw new RefusedException(Refusal.NotFound, "There is no such ticket.");
        if (!isUsedNow && ticket.Use is { } first)
            throw UsedTicket.AlreadyUsed(first);
        if (!isUsedNow)
            throw new RefusedException(Refusal.Conflict, "The ticket is cancelled.");
        var run = await runs.GetAsync(ticket.RunId, cancellationToken);
        return new(ticket.Id, ticket.Use!, [.. ticket.Seats.Select(seat => run.Seats[seat - 1].Label)], ticket.Passengers);
    }
}
