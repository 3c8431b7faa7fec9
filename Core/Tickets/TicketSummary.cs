namespace FunctionsApp.Core.Tickets;

/// <summary>A ticket in the list of all.</summary>
/// <param name="Kind">The <see cref="ITicketSource.Kind"/> of its module.</param>
/// <param name="Scope">What the module keeps the ticket with, such as a run or a lot.</param>
/// <param name="Ticket">As its module has it.</param>
public sealed record TicketSummary(Guid Id, char Kind, DateTime IssuedAt, object Scope, object Ticket);
