using System.ComponentModel.DataAnnotations;
using Core;
using Core.Accounts;
using Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace Functions.Accounts;

/// <summary>What is left out stays as it is.</summary>
/// <param name="Email">null removes it.</param>
public sealed record ChangeMe(string? Username = null, OptionalText Email = default) : IExample<ChangeMe>
{
    public static ChangeMe Example => new(Email: new("ada@lovelace.example"));
}

/// <param name="NewPassword">8 to 256 characters of any kind.</param>
public sealed record ChangePassword(
    string CurrentPassword,
    [property: StringLength(PasswordPolicy.MaxLength, MinimumLength = PasswordPolicy.MinLength)] string NewPassword) : IExample<ChangePassword>
{
    public static ChangePassword Example => new("correct horse battery", "staple of the realm");
}

[Authorize]
public sealed class UsersMeFunctions(AccountService accounts)
{
    [Function("UsersMeGet"), Tags("My account"), EndpointSummary("My account")]
    public async Task<Tagged<User>> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "users/me")] HttpRequest request, Caller caller, CancellationToken cancel) =>
        await accounts.ReadActiveUserAsync(caller.UserId, cancel) is { } user ? new(user, user.Version) : throw Gone();

    [Function("UsersMePatch"), Tags("My account"), EndpointSummary("Change my account")]
    [Fails(409, "The username or the e-mail address is taken.")]
    public async Task<Tagged<User>> Patch([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "users/me")] HttpRequest request, Caller caller, [FromBody] ChangeMe change, IfMatch match, CancellationToken cancel)
    {
        var user = await accounts.ChangeUserAsync(caller.UserId, new() { Username = change.Username, Email = change.Email }, match.Allows, caller.UserId, caller.Client, cancel);
        return new(user, user.Version);
    }

    [Function("UsersMeDelete"), Tags("My account"), EndpointSummary("Delete my account")]
    public async Task<NoContent> Delete([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "users/me")] HttpRequest request, Caller caller, IfMatch match, CancellationToken cancel)
    {
        await accounts.DeleteUserAsync(caller.UserId, match.Allows, caller.UserId, cancel);
        return TypedResults.NoContent();
    }

    [Function("UsersMePassword"), Tags("My account"), EndpointSummary("Change my password"), EndpointDescription("Ends the other sessions.")]
    [Fails(429, "Too many failed attempts: wait as Retry-After says."), Fails(503, "Too many sign-ins at once, or the database is away.")]
    public async Task<NoContent> Password([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "users/me/password")] HttpRequest request, Caller caller, [FromBody] ChangePassword change, IfMatch match, CancellationToken cancel)
    {
        await accounts.ChangePasswordAsync(caller.UserId, caller.SessionId, change.CurrentPassword, change.NewPassword, match.Allows, caller.Client, cancel);
        return TypedResults.NoContent();
    }

    [Function("UsersMeSessions"), Tags("My account"), EndpointSummary("My sessions"), EndpointDescription("Where I am logged in, newest first.")]
    public async Task<Ok<Page<Session>>> Sessions([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "users/me/sessions")] HttpRequest request, Caller caller, [Range(1, PageRequest.MaxLimit)] int? limit, string? cursor, CancellationToken cancel) =>
        TypedResults.Ok(await accounts.ReadSessionsAsync(caller.UserId, caller.SessionId, PageRequest.Parse("sessions", limit, cursor), cancel));

    [Function("UsersMeSessionsEnd"), Tags("My account"), EndpointSummary("End one of my sessions")]
    [Fails(404, "There is no such session.")]
    public async Task<NoContent> EndSession([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "users/me/sessions/{id:guid}")] HttpRequest request, Caller caller, Guid id, CancellationToken cancel)
    {
        await accounts.EndSessionAsync(caller.UserId, id, caller.Client, cancel);
        return TypedResults.NoContent();
    }

    [Function("UsersMeEvents"), Tags("My account"), EndpointSummary("My audit trail"), EndpointDescription("What happened to my account, newest first.")]
    public async Task<Ok<Page<AccountEvent>>> Events([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "users/me/events")] HttpRequest request, Caller caller, [Range(1, PageRequest.MaxLimit)] int? limit, string? cursor, CancellationToken cancel) =>
        TypedResults.Ok(await accounts.ReadEventsAsync(caller.UserId, PageRequest.Parse("events", limit, cursor), cancel));

    static RefusedException Gone() => new(Refusal.Unauthenticated, "The account was deleted or disabled.");
}
