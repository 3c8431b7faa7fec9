using System.ComponentModel.DataAnnotations;
using Core;
using Core.Accounts;
using Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Accounts;

public sealed record NewUser(
    [property: StringLength(Identifier.MaxUsernameLength, MinimumLength = 1)] string Username,
    [property: StringLength(PasswordPolicy.MaxLength, MinimumLength = PasswordPolicy.MinLength)] string Password,
    [property: StringLength(Identifier.MaxEmailLength)] string? Email = null,
    Role Role = Role.User) : IExample<NewUser>
{
    public static NewUser Example => new("grace", "correct horse battery", "grace@example.org", Role.Inspector);
}

/// <summary>What is left out stays as it is.</summary>
/// <param name="Email">null removes it.</param>
public sealed record ChangeUser(string? Username = null, OptionalText Email = default, Role? Role = null, bool? Disabled = null) : IExample<ChangeUser>
{
    public static ChangeUser Example => new(Role: Core.Accounts.Role.Inspector, Disabled: false);
}

[Authorize(Roles = Roles.Admin)]
public sealed class UsersFunctions(AccountService accounts)
{
    [Function("UsersList"), Tags("Users"), EndpointSummary("All users"), EndpointDescription("Newest first. For administrators.")]
    public async Task<Ok<Page<User>>> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "users")] HttpRequest request, [Range(1, PageRequest.MaxLimit)] int? limit, string? cursor, CancellationToken cancel) =>
        TypedResults.Ok(await accounts.ReadUsersAsync(PageRequest.Parse("users", limit, cursor), cancel));

    [Function("UsersCreate"), Tags("Users"), EndpointSummary("Make an account for somebody"), EndpointDescription("For administrators.")]
    [Fails(409, "The username or the e-mail address is taken."), Fails(503, "Too many sign-ins at once, or the database is away.")]
    public async Task<Created<User>> Create([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "users")] HttpRequest request, Caller caller, [FromBody] NewUser user, CancellationToken cancel)
    {
        var created = await accounts.CreateUserAsync(user.Username, user.Password, user.Email, user.Role, caller.UserId, caller.Client, cancel);
        request.HttpContext.Response.Headers.ETag = $"\"{created.Version}\"";
        return TypedResults.Created($"{HostJson.RoutePrefix}/users/{created.Id}", created);
    }

    [Function("UsersPatch"), Tags("Users"), EndpointSummary("Change a user"), EndpointDescription("For administrators. Disabling a user or lowering their role ends their sessions.")]
    [Fails(404, "There is no such user."), Fails(409, "The username or the e-mail address is taken.")]
    public async Task<Tagged<User>> Patch([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "users/{id:guid}")] HttpRequest request, Caller caller, Guid id, [FromBody] ChangeUser change, IfMatch match, CancellationToken cancel)
    {
        var user = await accounts.ChangeUserAsync(
            id, new() { Username = change.Username, Email = change.Email, Role = change.Role, Disabled = change.Disabled }, match.Allows, caller.UserId, caller.Client, cancel);
        return new(user, user.Version);
    }

    [Function("UsersDelete"), Tags("Users"), EndpointSummary("Delete a user"), EndpointDescription("For administrators.")]
    [Fails(404, "There is no such user.")]
    public async Task<NoContent> Delete([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "users/{id:guid}")] HttpRequest request, Caller caller, Guid id, IfMatch match, CancellationToken cancel)
    {
        await accounts.DeleteUserAsync(id, match.Allows, caller.UserId, cancel);
        return TypedResults.NoContent();
    }
}

[Authorize]
public sealed class UserFunctions(AccountService accounts)
{
    [Function("UsersGet"), Tags("Users"), EndpointSummary("One user"), EndpointDescription("For administrators, and for the user itself.")]
    [Fails(403, "Only an administrator may see other users."), Fails(404, "There is no such user.")]
    public async Task<Tagged<User>> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "users/{id:guid}")] HttpRequest request, Caller caller, Guid id, CancellationToken cancel)
    {
        if (id != caller.UserId && !request.HttpContext.User.IsInRole(Roles.Admin)) throw new RefusedException(Refusal.Forbidden, "Only an administrator may see other users.");
        var user = await accounts.ReadUserAsync(id, cancel);
        return new(user, user.Version);
    }
}
