using System.Reflection;
using FunctionsApp.Core;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Net.Http.Headers;

namespace FunctionsApp.Functions.Hosting;

/// <summary>The request's <c>If-Match</c>: the versions that the caller intends to change.</summary>
public sealed class IfMatch : IEndpointParameterMetadataProvider
{
    readonly IList<EntityTagHeaderValue>? tags;

    IfMatch(IList<EntityTagHeaderValue>? tags) => this.tags = tags;

    /// <summary>Whether this version may be changed; any version if the header is missing.</summary>
    public bool Allows(long version) => tags is null || tags.Any(tag => tag.Tag == "*" || !tag.IsWeak && tag.Tag == $"\"{version}\"");

    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>: the header is not a list of entity tags.</exception>
    public static ValueTask<IfMatch> BindAsync(HttpContext context)
    {
        var header = context.Request.Headers.IfMatch;
        if (header.Count == 0)
            return new(new IfMatch(null));
        return EntityTagHeaderValue.TryParseStrictList([.. header.OfType<string>()], out var tags)
            ? new(new IfMatch(tags))
            : throw RefusedException.Invalid("If-Match", "Is not a list of entity tags, such as \"3\".");
    }

    static void IEndpointParameterMetadataProvider.PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        builder.Metadata.Add(
            new HeaderParameter("If-Match", "An `ETag`, such as `\"3\"`. If the resource has changed since, the request fails with 412.")
        );
        builder.Metadata.Add(
            new FailsAttribute(StatusCodes.Status412PreconditionFailed, "The resource no longer has the version in `If-Match`.")
        );
    }
}
