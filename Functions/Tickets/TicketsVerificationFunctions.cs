using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Tickets;
using FunctionsApp.Functions.Hosting;
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
        "Checks the code of a ticket and marks the ticket as used. A code is accepted once; a repeated request by the same "
            + "inspector at the same place within a minute returns the first response. For inspectors and administrators."
    )]
    [
        Fails(409, "The ticket was used before (the detail says when and where), or it is cancelled."),
        Fails(422, "The code is forged or damaged.")
    ]
    public async Task<Ok<VerifiedTicket>> Verify(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "tickets/verify")] HttpRequest request,
        Caller caller,
        [FromBody] VerifyRequest verify,
        CancellationToken cancellationToken
    )
    {
        var used = await tickets.VerifyAsync(verify.Code, caller.UserId, verify.Place, cancellationToken);
        return TypedResults.Ok(VerifiedTicket.From(used));
    }
}
