using System.Reflection;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Http.Metadata;

namespace FunctionsApp.Functions.Accounts;

/// <summary>A refresh token, as a form (RFC 6749, section 6) or as JSON.</summary>
/// <param name="RefreshToken">The refresh token of the last login or refresh.</param>
/// <param name="GrantType">`refresh_token`, or omitted.</param>
public sealed record RefreshRequest(string RefreshToken, string? GrantType = null)
    : IExample<RefreshRequest>,
        IEndpointParameterMetadataProvider
{
    /// <summary>The grant type of RFC 6749, section 6.</summary>
    public const string Grant = "refresh_token";

    public static RefreshRequest Example => new("AZr5x1kGc0qVb2n8…");

    public static ValueTask<RefreshRequest> BindAsync(HttpContext context) =>
        FormOrJson.ReadAsync(context, field => new RefreshRequest(field("refresh_token", true)!, field("grant_type", false)));

    static void IEndpointParameterMetadataProvider.PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata(FormOrJson.MediaTypes, typeof(RefreshRequest)));
}
