using System.ComponentModel.DataAnnotations;
using FunctionsApp.Core.Tickets;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Tickets;

/// <summary>The code of a ticket.</summary>
/// <param name="Code">The content of the QR code.</param>
/// <param name="Place">Where the ticket is inspected. It is returned if the same code is presented again.</param>
public sealed record VerifyRequest(string Code, [property: StringLength(TicketService.MaxPlaceLength)] string? Place = null)
    : IExample<VerifyRequest>
{
    public static VerifyRequest Example => new("eyJhbGciOiJFZERTQSIsImtpZCI6…", "Platform 4");
}
