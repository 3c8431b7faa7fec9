using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Accounts;

[Authorize]
public sealed class UserFunctions(UserService users)
{
    /// <param name="id">The id of the user.</param>
    [Function("UsersGet"), Tags("Users"), EndpointSummary("Get a user")]
    [EndpointDescription("Returns a user. For administrators, and for users themselves.")]
    [Fails(403, "Only an administrator may see other users."), Fails(404, "There is no such user.")]
    public async Task<Tagged<User>> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "users/{id:guid}")] HttpRequest request,
        Caller caller,
        Guid id,
        CancellationToken cancellationToken
    )
    {
        if (id != caller.UserId && !request.HttpContext.User.IsInRole(Roles.Admin))
            throw new RefusedException(Refusal.Forbidden, "Only an administrator may see other users.");
        return User.Tagged(await users.ReadAsync(id, cancellationToken));
    }
}
