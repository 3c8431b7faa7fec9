using System.ComponentModel.DataAnnotations;
using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Parking;
using FunctionsApp.Core.Tickets;
using FunctionsApp.Core.Trains;
using FunctionsApp.Functions.Hosting;
using FunctionsApp.Functions.Trains;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Tickets;

/// <summary>The kind of a ticket.</summary>
public enum TicketKind
{
    Train,
    Parking,
}

/// <summary>A train ticket or a parking ticket.</summary>
/// <param name="Id">The id of the ticket.</param>
/// <param name="Kind">Which kind of ticket it is.</param>
/// <param name="IssuedAt">When the ticket was issued.</param>
/// <param name="Train">The train ticket, or null.</param>
/// <param name="Parking">The parking ticket, or null.</param>
public sealed record TicketItem(Guid Id, TicketKind Kind, DateTime IssuedAt, TrainTicketAnswer? Train, ParkingTicket? Parking)
    : IExample<TicketItem>
{
    public static TicketItem Example => new(Examples.Id, TicketKind.Train, Examples.Time, TrainTicketAnswer.Example, null);
}

/// <summary>The code of a ticket.</summary>
/// <param name="Code">The content of the QR code.</param>
/// <param name="Place">Where the ticket is inspected. It is returned if the same code is presented again.</param>
public sealed record VerifyRequest(string Code, [property: StringLength(TicketService.MaxPlaceLength)] string? Place = null)
    : IExample<VerifyRequest>
{
    public static VerifyRequest Example => new("eyJhbGciOiJFZERTQSIsImtpZCI6…", "Platform 4");
}

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
}

[Authorize]
public sealed class TicketsFunctions(TicketService tickets, TrainService trains, Cursors cursors)
{
    [Function("TicketsList"), Tags("Tickets"), EndpointSummary("List my tickets")]
    [EndpointDescription("Returns your train and parking tickets, newest first.")]
    public async Task<Ok<Page<TicketItem>>> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "tickets")] HttpRequest request,
        Caller caller,
        [Range(1, PageRequest.MaxLimit)] int? limit,
        string? cursor,
        CancellationToken cancellationToken
    )
    {
        var page = await tickets.ReadTicketsAsync(caller.UserId, PageRequest.Parse(cursors, "tickets", limit, cursor), cancellationToken);
        return TypedResults.Ok(new Page<TicketItem>([.. page.Items.Select(Item)], page.NextCursor));
    }

    TicketItem Item(TicketSummary one) =>
        one switch
        {
            { Scope: TrainRun run, Ticket: TrainTicket ticket } => new(
                one.Id,
                TicketKind.Train,
                one.IssuedAt,
                TrainTicketAnswer.Of(run, ticket, trains),
                null
            ),
            { Ticket: ParkingTicket parked } => new(one.Id, TicketKind.Parking, one.IssuedAt, null, parked),
            _ => throw new InvalidOperationException($"There is no answer for a {one.Ticket.GetType().Name}."),
        };
}
