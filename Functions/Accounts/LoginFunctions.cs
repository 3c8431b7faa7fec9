using System.Reflection;
using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Accounts;

/// <summary>
/// Credentials, as a form (OAuth 2.0 password grant, RFC 6749, section 4.3) or as JSON. Other fields of a form are
/// ignored.
/// </summary>
/// <param name="Username">The username or the email address.</param>
/// <param name="Password">The password.</param>
/// <param name="GrantType">`password`, or omitted.</param>
/// <param name="Scope">Ignored.</param>
/// <param name="ClientId">Ignored.</param>
/// <param name="ClientSecret">Ignored.</param>
public sealed record LoginRequest(
    string Username,
    string Password,
    string? GrantType = null,
    string? Scope = null,
    string? ClientId = null,
    string? ClientSecret = null
) : IExample<LoginRequest>, IEndpointParameterMetadataProvider
{
    public static LoginRequest Example => new("ada", "correct horse battery", "password");

    /// <summary>
    /// The refresh token of a form whose grant type is <c>refresh_token</c>: RFC 6749 has one token endpoint for all
    /// grants.
    /// </summary>
    internal string? RefreshToken { get; init; }

    public static ValueTask<LoginRequest> BindAsync(HttpContext context) =>
        FormOrJson.ReadAsync(
            context,
            field =>
            {
                var grant = field("grant_type", false);
                return grant == RefreshRequest.Grant
                    ? new LoginRequest("", "", grant) { RefreshToken = field("refresh_token", true) }
                    : new LoginRequest(field("username", true)!, field("password", true)!, grant);
            }
        );

    static void IEndpointParameterMetadataProvider.PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata(FormOrJson.MediaTypes, typeof(LoginRequest)));
}

public sealed class LoginFunctions(LoginService logins, SessionService sessions)
{
    [Function("Login"), AllowAnonymous, EnableRateLimiting(RateLimits.Login), Tags("Accounts"), EndpointSummary("Log in")]
    [EndpointDescription("Returns an access token and a refresh token. Log in with the username or the email address.")]
    [
        Fails(401, "The username or the password is wrong."),
        Fails(429, "Too many failed attempts, or too many requests from this address: retry after the time in `Retry-After`."),
        Fails(503, "Too many sign-ins at once, or the database is unavailable.")
    ]
    public async Task<Ok<TokenResponse>> Login(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "login")] HttpRequest request,
        LoginRequest login,
        CancellationToken cancellationToken
    )
    {
        if (login.RefreshToken is { } token)
            return TypedResults.Ok(
                TokenResponse.From(
                    await sessions.RefreshAsync(token, request.HttpContext.Client(), cancellationToken),
                    request.HttpContext.Response
                )
            );
        if (login.GrantType is not (null or "" or "password"))
            throw RefusedException.Invalid("grant_type", "Must be 'password' or omitted.");
        return TypedResults.Ok(
            TokenResponse.From(
                await logins.LoginAsync(login.Username, login.Password, request.HttpContext.Client(), cancellationToken),
                request.HttpContext.Response
            )
        );
    }
}
