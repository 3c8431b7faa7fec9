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
        if (await uses.UseAsync(code.Scope, code.Ticket, inspector, place, cancellationToken) is { } used)
        {
            var run = await runs.GetAsync(used.RunId, cancellationToken);
            return new(used.Id, used.Use!, [.. used.Seats.Select(seat => run.Seats[seat - 1].Label)], used.Passengers);
        }

        var ticket =
            await store.ReadTicketAsync(code.Scope, code.Ticket, owner: null, cancellationToken)
            ?? throw new RefusedException(Refusal.NotFound, "There is no such ticket.");
        throw ticket.Use is { } first ? UsedTicket.AlreadyUsed(first) : new RefusedException(Refusal.Conflict, "The ticket is cancelled.");
    }
}
