using FunctionsApp.Core.Tickets;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Tickets;

/// <summary>A valid ticket, which is now used.</summary>
/// <param name="Id">The id of the ticket.</param>
/// <param name="Seats">The labels of the seats.</param>
/// <param name="Passengers">The names of the passengers.</param>
/// <param name="UsedAt">When the ticket was verified.</param>
/// <param name="Place">Where the ticket was verified, or null.</param>
public sealed record VerifiedTicket(Guid Id, IReadOnlyList<string> Seats, IReadOnlyList<string> Passengers, DateTime UsedAt, string? Place)
    : IExample<VerifiedTicket>
{
    public static VerifiedTicket Example => new(Examples.Id, ["A1-1"], ["Ada Lovelace"], Examples.Time, "Platform 4");

    public static VerifiedTicket From(UsedTicket ticket) =>
        new(ticket.Id, ticket.Seats, ticket.Passengers, ticket.Use.At, ticket.Use.Place);
}
