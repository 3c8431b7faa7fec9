using System.ComponentModel.DataAnnotations;
using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Accounts;

/// <summary>A new user.</summary>
/// <param name="Username">1 to 64 characters without spaces. Unique, regardless of case.</param>
/// <param name="Password">8 to 256 characters of any kind. Very common passwords are refused.</param>
/// <param name="Email">An email address that can also be used to log in. Unique, regardless of case.</param>
/// <param name="Role">The role. The default is `user`.</param>
public sealed record NewUser(
    [property: StringLength(Identifier.MaxUsernameLength, MinimumLength = 1)] string Username,
    [property: StringLength(PasswordPolicy.MaxLength, MinimumLength = PasswordPolicy.MinLength)] string Password,
    [property: StringLength(Identifier.MaxEmailLength)] string? Email = null,
    Role Role = Role.User
) : IExample<NewUser>
{
    public static NewUser Example => new("grace", "correct horse battery", "grace@example.org", Role.Inspector);
}

/// <summary>The changes to a user. Fields that are omitted stay unchanged.</summary>
/// <param name="Username">The new username.</param>
/// <param name="Email">The new email address, or null to remove it.</param>
/// <param name="Role">The new role.</param>
/// <param name="Disabled">Whether the user is disabled. A disabled user cannot log in.</param>
public sealed record ChangeUser(string? Username = null, OptionalText Email = default, Role? Role = null, bool? Disabled = null)
    : IExample<ChangeUser>
{
    public static ChangeUser Example => new(Role: Accounts.Role.Inspector, Disabled: false);
}

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
    [EndpointDescription("Changes a user. Disabling a user or changing the role ends the sessions of the user. For administrators.")]
    [Fails(404, "There is no such user."), Fails(409, "The username or the email address is taken; or this is the last administrator.")]
    public async Task<Tagged<User>> Patch(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "users/{id:guid}")] HttpRequest request,
        Caller caller,
        Guid id,
        [FromBody] ChangeUser change,
        IfMatch match,
        CancellationToken cancellationToken
    )
    {
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
        "Deletes a user, ends all of their sessions and erases their personal data in all parts of the service. For administrators."
    )]
    [Fails(404, "There is no such user."), Fails(409, "This is the last administrator.")]
    public async Task<NoContent> Delete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "users/{id:guid}")] HttpRequest request,
        Caller caller,
        Guid id,
        IfMatch match,
        CancellationToken cancellationToken
    )
    {
        await users.DeleteAsync(id, match.Allows, caller.UserId, cancellationToken);
        return TypedResults.NoContent();
    }
}
