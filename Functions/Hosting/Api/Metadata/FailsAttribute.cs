using System.Net.Mime;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Documents an error response of a function.</summary>
/// <param name="statusCode">A status code of 400 or more; the body is problem+json.</param>
/// <param name="description">When the error occurs, as a sentence for the API's users.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class FailsAttribute(int statusCode, string description) : Attribute, IProducesResponseTypeMetadata
{
    public int StatusCode { get; } = statusCode;

    public string Description { get; } = description;

    public Type? Type => typeof(ProblemDetails);

    public IEnumerable<string> ContentTypes => [MediaTypeNames.Application.ProblemJson];
}
