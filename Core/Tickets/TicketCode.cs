namespace FunctionsApp.Core.Tickets;

/// <summary>What the code of a ticket says: which ticket it is. Seats and passengers are read from the ticket itself.</summary>
/// <param name="Kind">Which module issued it: its <see cref="ITicketSource.Kind"/>.</param>
/// <param name="Scope">What the module keeps the ticket with, such as a run or a lot.</param>
/// <param name="Ticket">The ticket's id.</param>
public sealed record TicketCode(char Kind, Guid Scope, Guid Ticket);
