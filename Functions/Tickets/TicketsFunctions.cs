using System.ComponentModel.DataAnnotations;
using Core;
using Core.Accounts;
using Core.Parking;
using Core.Tickets;
using Core.Trains;
using Functions.Hosting;
using Functions.Trains;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Tickets;

public enum TicketKind
{
    Train,
    Parking,
}

/// <summary>A ticket of either sort: the other is null.</summary>
public sealed record TicketItem(Guid Id, TicketKind Kind, DateTime IssuedAt, TrainTicketAnswer? Train, ParkingTicket? Parking) : IExample<TicketItem>
{
    public static TicketItem Example => new(Examples.Id, TicketKind.Train, Examples.Time, TrainTicketAnswer.Example, null);
}

/// <param name="Code">As the QR code of a ticket has it.</param>
/// <param name="Place">Where the inspector is: told to whoever comes with the same code again.</param>
public sealed record VerifyRequest(string Code, [property: StringLength(TicketService.MaxPlaceLength)] string? Place = null) : IExample<VerifyRequest>
{
    public static VerifyRequest Example => new("eyJhbGciOiJFZERTQSIsImtpZCI6…", "Platform 4");
}

/// <summary>The ticket is good, and used from now on.</summary>
public sealed record VerifiedTicket(Guid Id, IReadOnlyList<string> Seats, IReadOnlyList<string> Passengers, DateTime UsedAt, string? Place) : IExample<VerifiedTicket>
{
    public static VerifiedTicket Example => new(Examples.Id, ["A1-1"], ["Ada Lovelace"], Examples.Time, "Platform 4");
}

[Authorize]
public sealed class TicketsFunctions(TicketService tickets, TrainService trains)
{
    [Function("TicketsList"), Tags("Tickets"), EndpointSummary("All of my tickets"), EndpointDescription("Newest first.")]
    public async Task<Ok<Page<TicketItem>>> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "tickets")] HttpRequest request, Caller caller, [Range(1, PageRequest.MaxLimit)] int? limit, string? cursor, CancellationToken cancel)
    {
        var page = await tickets.ReadTicketsAsync(caller.UserId, PageRequest.Parse("tickets", limit, cursor), cancel);
        return TypedResults.Ok(new Page<TicketItem>([.. page.Items.Select(Item)], page.NextCursor));
    }

    TicketItem Item(TicketSummary one) => one switch
    {
        { Scope: TrainRun run, Ticket: TrainTicket ticket } => new(one.Id, TicketKind.Train, one.IssuedAt, TrainTicketAnswer.Of(run, ticket, trains), null),
        { Ticket: ParkingTicket parked } => new(one.Id, TicketKind.Parking, one.IssuedAt, null, parked),
        _ => throw new InvalidOperationException($"There is no answer for a {one.Ticket.GetType().Name}."),
    };
}

[Authorize(Roles = $"{Roles.Inspector},{Roles.Admin}")]
public sealed class TicketsVerificationFunctions(TicketService tickets)
{
    [Function("TicketsVerify"), Tags("Tickets"), EndpointSummary("Let a ticket in"), EndpointDescription("For inspectors and administrators. A code is accepted once. A repeated request of the same inspector at the same place within a minute returns the first response.")]
    [Fails(409, "The ticket was used before, and the answer says when and where; or it is cancelled."), Fails(422, "The code is forged or damaged.")]
    public async Task<Ok<VerifiedTicket>> Verify([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "tickets/verify")] HttpRequest request, Caller caller, [FromBody] VerifyRequest verify, CancellationToken cancel)
    {
        var admitted = await tickets.VerifyAsync(verify.Code, caller.UserId, verify.Place, cancel);
        return TypedResults.Ok(new VerifiedTicket(admitted.Ticket, admitted.Seats, admitted.Passengers, admitted.Admission.At, admitted.Admission.Place));
    }
}
