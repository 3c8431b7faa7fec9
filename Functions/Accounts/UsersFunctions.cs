using System.ComponentModel.DataAnnotations;
using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Accounts;

[Authorize(Roles = Roles.Admin)]
public sealed class UsersFunctions(UserService users, SignupService signups, Cursors cursors)
{
    [Function("UsersList"), Tags("Users"), EndpointSummary("List users")]
    [EndpointDescription("Returns all users, newest first. For administrators.")]
    public async Task<Ok<Page<User>>> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "users")] HttpRequest request,
        [Range(1, PageRequest.MaxLimit)] int? limit,
        string? cursor,
        CancellationToken cancellationToken
    )
    {
        var page = await users.ReadPageAsync(PageRequest.Parse(cursors, "users", limit, cursor), cancellationToken);
        return TypedResults.Ok(Page<User>.From(page, User.From));
    }

    [Function("UsersCreate"), ResponseHeader(201, "ETag", "The version of the user."), Tags("Users"), EndpointSummary("Create a user")]
    [EndpointDescription("Creates an account for someone else. For administrators.")]
    [Fails(409, "The username or the email address is taken."), Fails(503, "Too many sign-ins at once, or the database is unavailable.")]
    public async Task<Created<User>> Create(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "users")] HttpRequest request,
        Caller caller,
        [FromBody] NewUser user,
        CancellationToken cancellationToken
    )
    {
        var created = await signups.CreateAsync(
            user.Username,
            user.Password,
            user.Email,
            user.Role.ToCore(),
            caller.UserId,
            caller.Client,
            cancellationToken
        );
        request.HttpContext.Response.Headers.ETag = $"\"{created.Version}\"";
        return TypedResults.Created($"{HostJson.RoutePrefix}/users/{created.Id}", User.From(created));
    }

    /// <param name="id">The id of the user.</param>
    [Function("UsersPatch"), Tags("Users"), EndpointSummary("Update a user")]
    [EndpointDescription(
        "Updates a user. Disabling a user or lowering the role ends their sessions. For administrators, who change their own "
            + "email address with `PATCH /users/me`."
    )]
    [Fails(404, "There is no such user.")]
    [Fails(409, "The username or the email address is taken; this is the last administrator; or it is your own email address.")]
    public async Task<Tagged<User>> Patch(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "users/{id:guid}")] HttpRequest request,
        Caller caller,
        Guid id,
        [FromBody] ChangeUser change,
        IfMatch match,
        CancellationToken cancellationToken
    )
    {
        if (change.Email.IsSet)
            RequireOther(id, caller, "Change your own email address with PATCH /users/me, which asks for your password.");
        var user = await users.ChangeAsync(
            id,
            new()
            {
                Username = change.Username,
                Email = change.Email,
                Role = change.Role?.ToCore(),
                Disabled = change.Disabled,
            },
            match.Allows,
            caller.UserId,
            caller.Client,
            cancellationToken
        );
        return User.Tagged(user);
    }

    /// <param name="id">The id of the user.</param>
    [Function("UsersDelete"), Tags("Users"), EndpointSummary("Delete a user")]
    [EndpointDescription(
        "Deletes a user, ends all of their sessions and erases their personal data in all parts of the service. For administrators, who "
            + "delete their own account with `DELETE /users/me`."
    )]
    [Fails(404, "There is no such user."), Fails(409, "This is the last administrator, or your own account.")]
    public async Task<NoContent> Delete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "users/{id:guid}")] HttpRequest request,
        Caller caller,
        Guid id,
        IfMatch match,
        CancellationToken cancellationToken
    )
    {
        RequireOther(id, caller, "Delete your own account with DELETE /users/me, which asks for your password.");
        await users.DeleteAsync(id, match.Allows, caller.UserId, cancellationToken);
        return TypedResults.NoContent();
    }

    // A stolen token must not be enough for what needs the password at /users/me.
    static void RequireOther(Guid id, Caller caller, string message)
    {
        if (id == caller.UserId)
            throw new RefusedException(Refusal.Conflict, message);
    }
}
