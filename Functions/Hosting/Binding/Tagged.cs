using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace FunctionsApp.Functions.Hosting;

/// <summary>A resource with its version as <c>ETag</c> (RFC 9110): 200, or 304 if the client already has that version.</summary>
public sealed class Tagged<T>(T value, long version) : IResult, IEndpointMetadataProvider
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var tag = $"\"{version}\"";
        httpContext.Response.Headers.ETag = tag;
        if (
            HttpMethods.IsGet(httpContext.Request.Method)
            && httpContext.Request.Headers.IfNoneMatch is { Count: > 0 } known
            && known.Any(one => one is not null && (one == "*" || one.Contains(tag, StringComparison.Ordinal)))
        )
        {
            httpContext.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        return TypedResults.Ok(value).ExecuteAsync(httpContext);
    }

    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(T), ["application/json"]));
        builder.Metadata.Add(new ResponseHeaderAttribute(StatusCodes.Status200OK, "ETag", "The version of the resource."));
        if (!builder.Metadata.OfType<HttpMethodMetadata>().Any(methods => methods.HttpMethods.Contains(HttpMethods.Get)))
            return;
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status304NotModified, typeof(void)));
        builder.Metadata.Add(new ResponseHeaderAttribute(StatusCodes.Status304NotModified, "ETag", "The version of the resource."));
        builder.Metadata.Add(
            new HeaderParameter("If-None-Match", "An `ETag`. If the resource still has this version, the response is 304 without a body.")
        );
    }
}
