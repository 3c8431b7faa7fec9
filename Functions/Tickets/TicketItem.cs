using System.Text.Json.Serialization;

namespace FunctionsApp.Functions.Tickets;

/// <summary>A ticket of any kind: the property named after its kind contains it; the others are null.</summary>
/// <param name="Id">The id of the ticket.</param>
/// <param name="Kind">Which kind of ticket it is.</param>
/// <param name="IssuedAt">When the ticket was issued.</param>
/// <param name="Ticket">In the property of its kind; those of the other kinds are null.</param>
public sealed record TicketItem(Guid Id, TicketKind Kind, DateTime IssuedAt, [property: JsonIgnore] object Ticket);
