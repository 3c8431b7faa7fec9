using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace FunctionsApp.Functions.Hosting;

/// <summary>A request body of media type text/csv (RFC 4180) as a stream: a parameter of functions that accept files.</summary>
public sealed class CsvBody : IEndpointParameterMetadataProvider
{
    public const string MediaType = "text/csv";

    CsvBody(Stream content) => Content = content;

    public Stream Content { get; }

    public static ValueTask<CsvBody> BindAsync(HttpContext context) =>
        string.IsNullOrEmpty(context.Request.ContentType)
            // Other media types have already been rejected.
            ? throw new BadHttpRequestException("The media type is missing.", StatusCodes.Status415UnsupportedMediaType)
            : new(new CsvBody(context.Request.Body));

    static void IEndpointParameterMetadataProvider.PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata([MediaType], typeof(string)));
}
