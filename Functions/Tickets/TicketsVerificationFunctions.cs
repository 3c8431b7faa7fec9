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

[Authorize(Roles = $"{Roles.Inspector},{Roles.Admin}")]
public sealed class TicketsVerificationFunctions(TicketService tickets)
{
    [Function("TicketsVerify"), Tags("Tickets"), EndpointSummary("Verify a ticket")]
    [EndpointDescription(
        "Checks the code of a train ticket and marks the ticket as used. A code is accepted once; a repeated request of the same "
            + "inspector at the same place within a minute returns the first response. For inspectors and administrators."
    )]
    [
        Fails(409, "The ticket was used before, and the answer says when and where; or it is cancelled."),
        Fails(422, "The code is forged or damaged.")
    ]
    public async Task<Ok<VerifiedTicket>> Verify(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "tickets/verify")] HttpRequest request,
        Caller caller,
        [FromBody] VerifyRequest verify,
        CancellationToken cancellationToken
    )
    {
        var admitted = await tickets.VerifyAsync(verify.Code, caller.UserId, verify.Place, cancellationToken);
        return TypedResults.Ok(
            new VerifiedTicket(admitted.Ticket, admitted.Seats, admitted.Passengers, admitted.Admission.At, admitted.Admission.Place)
        );
    }
}
