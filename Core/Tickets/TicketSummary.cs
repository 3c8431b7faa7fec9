namespace FunctionsApp.Core.Tickets;

/// <summary>A ticket in the list of all.</summary>
/// <param name="Scope">Its run or lot.</param>
/// <param name="Ticket">As its module has it.</param>
public sealed record TicketSummary(Guid Id, DateTime IssuedAt, object Scope, object Ticket);
