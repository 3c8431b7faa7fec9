using FunctionsApp.Core.Tickets;

namespace FunctionsApp.Core.Parking;

/// <summary>Parking tickets, for the module Tickets.</summary>
public sealed class ParkingTicketSource(ParkingTicketStore store) : ITicketSource
{
    /// <summary>In signed codes. Tickets that were issued have it, so it cannot change.</summary>
    public const char CodeKind = 'p';

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
        var tickets = await store.ReadTicketsAsync(userId, before, limit, cancellationToken);
        return [.. tickets.Select(ticket => new TicketSummary(ticket.Id, Kind, ticket.EnteredAt, ticket.LotId, ticket))];
    }

    /// <inheritdoc/>
    public async Task<UsedTicket> UseAsync(TicketCode code, Guid inspector, string? place, CancellationToken cancellationToken)
    {
        if (await store.UseAsync(code.Scope, code.Ticket, inspector, place, cancellationToken) is (var used, var use))
            return new(used.Id, use, [used.Spot.Label], []);
        if (await store.ReadTicketAsync(code.Scope, code.Ticket, owner: null, cancellationToken) is null)
            throw new RefusedException(Refusal.NotFound, "There is no such ticket.");
        throw await store.ReadUseAsync(code.Scope, code.Ticket, cancellationToken) is { } first
            ? UsedTicket.AlreadyUsed(first)
            : new RefusedException(Refusal.Conflict, "The vehicle has left.");
    }
}
