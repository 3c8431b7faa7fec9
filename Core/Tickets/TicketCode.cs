using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using FunctionsApp.Core.Keys;

namespace FunctionsApp.Core.Tickets;

/// <summary>What the code of a ticket says: which ticket it is. Seats and passengers are read from the ticket itself.</summary>
/// <param name="Kind"><see cref="Train"/> or <see cref="Parking"/>.</param>
/// <param name="Scope">The run or the lot.</param>
/// <param name="Ticket">The ticket's id.</param>
public sealed record TicketCode(char Kind, Guid Scope, Guid Ticket)
{
    public const char Train = 't',
        Parking = 'p';
}
