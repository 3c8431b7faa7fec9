using System.Reflection;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Http.Metadata;

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
