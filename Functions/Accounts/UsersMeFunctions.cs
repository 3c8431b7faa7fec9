using System.ComponentModel.DataAnnotations;
using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Accounts;

[Authorize]
public sealed class UsersMeFunctions(UserService users, OwnAccountService account, SessionService sessions, Cursors cursors)
{
    [Function("UsersMeGet"), Tags("My account"), EndpointSummary("Get my account")]
    [EndpointDescription("Returns your account.")]
    public async Task<Tagged<User>> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "users/me")] HttpRequest request,
        Caller caller,
        CancellationToken cancellationToken
    ) => await users.ReadActiveAsync(caller.UserId, cancellationToken) is { } user ? User.Tagged(user) : throw NoLongerActive();

    [Function("UsersMePatch"), Tags("My account"), EndpointSummary("Update my account")]
    [EndpointDescription("Updates your username or email address. Changing the email address requires the current password.")]
    [
        Fails(409, "The username or the email address is taken."),
        Fails(429, "Too many failed attempts: retry after the time in `Retry-After`.")
    ]
    [Fails(503, "Too many sign-ins at once, or the database is unavailable.")]
    public async Task<Tagged<User>> Patch(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "users/me")] HttpRequest request,
        Caller caller,
        [FromBody] ChangeMe change,
        IfMatch match,
        CancellationToken cancellationToken
    )
    {
        var user = await account.ChangeAsync(
            caller.UserId,
            new() { Username = change.Username, Email = change.Email },
            change.CurrentPassword,
            match.Allows,
            caller.Client,
            cancellationToken
        );
        return User.Tagged(user);
    }

    [Function("UsersMeDelete"), Tags("My account"), EndpointSummary("Delete my account")]
    [EndpointDescription(
        "Deletes your account, ends all of its sessions and erases your personal data. The body must contain the current password."
    )]
    [Fails(409, "This is the last administrator."), Fails(429, "Too many failed attempts: retry after the time in `Retry-After`.")]
    [Fails(503, "Too many sign-ins at once, or the database is unavailable.")]
    public async Task<NoContent> Delete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "users/me")] HttpRequest request,
        Caller caller,
        [FromBody] DeleteMe deletion,
        IfMatch match,
        CancellationToken cancellationToken
    )
    {
        await account.DeleteAsync(caller.UserId, deletion.CurrentPassword, match.Allows, caller.Client, cancellationToken);
        return TypedResults.NoContent();
    }

    [Function("UsersMePassword"), Tags("My account"), EndpointSummary("Change my password")]
    [EndpointDescription("Changes your password and ends your other sessions.")]
    [
        Fails(429, "Too many failed attempts: retry after the time in `Retry-After`."),
        Fails(503, "Too many sign-ins at once, or the database is unavailable.")
    ]
    public async Task<NoContent> Password(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "users/me/password")] HttpRequest request,
        Caller caller,
        [FromBody] ChangePassword change,
        IfMatch match,
        CancellationToken cancellationToken
    )
    {
        await account.ChangePasswordAsync(
            caller.UserId,
            caller.SessionId,
            change.CurrentPassword,
            change.NewPassword,
            match.Allows,
            caller.Client,
            cancellationToken
        );
        return TypedResults.NoContent();
    }

    [Function("UsersMeSessions"), Tags("My account"), EndpointSummary("List my sessions")]
    [EndpointDescription("Returns your active sessions, newest first.")]
    public async Task<Ok<Page<Session>>> Sessions(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "users/me/sessions")] HttpRequest request,
        Caller caller,
        [Range(1, PageRequest.MaxLimit)] int? limit,
        string? cursor,
        CancellationToken cancellationToken
    )
    {
        var page = await sessions.ReadPageAsync(
            caller.UserId,
            caller.SessionId,
            PageRequest.Parse(cursors, "sessions", limit, cursor),
            cancellationToken
        );
        return TypedResults.Ok(Page<Session>.From(page, Session.From));
    }

    /// <param name="id">The id of the session.</param>
    [Function("UsersMeSessionsEnd"), Tags("My account"), EndpointSummary("End a session")]
    [EndpointDescription("Ends one of your sessions. Its tokens are no longer accepted.")]
    [Fails(404, "There is no such session.")]
    public async Task<NoContent> EndSession(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "users/me/sessions/{id:guid}")] HttpRequest request,
        Caller caller,
        Guid id,
        CancellationToken cancellationToken
    )
    {
        await sessions.EndAsync(caller.UserId, id, caller.Client, cancellationToken);
        return TypedResults.NoContent();
    }

    [Function("UsersMeEvents"), Tags("My account"), EndpointSummary("List my events")]
    [EndpointDescription("Returns the audit trail of your account, newest first.")]
    public async Task<Ok<Page<AccountEvent>>> Events(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "users/me/events")] HttpRequest request,
        Caller caller,
        [Range(1, PageRequest.MaxLimit)] int? limit,
        string? cursor,
        CancellationToken cancellationToken
    )
    {
        var page = await account.ReadEventsAsync(caller.UserId, PageRequest.Parse(cursors, "events", limit, cursor), cancellationToken);
        return TypedResults.Ok(Page<AccountEvent>.From(page, AccountEvent.From));
    }

    static RefusedException NoLongerActive() => new(Refusal.Unauthenticated, "The account was deleted or disabled.");
}
