using System.Net.Mime;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;

namespace FunctionsApp.Functions.Hosting;

/// <summary>An answer other than success that a function may give, for the documentation.</summary>
/// <param name="statusCode">A status code of 400 or more; the body is problem+json.</param>
/// <param name="description">When it is given, as a sentence for the API's users.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class FailsAttribute(int statusCode, string description) : Attribute, IProducesResponseTypeMetadata
{
    public int StatusCode { get; } = statusCode;

    public string Description { get; } = description;

    public Type? Type => typeof(ProblemDetails);

    public IEnumerable<string> ContentTypes => [MediaTypeNames.Application.ProblemJson];
}

/// <summary>A request header that a function reads, for the documentation.</summary>
/// <param name="Name">The header's name.</param>
/// <param name="Description">What it does, as a sentence for the API's users.</param>
public sealed record HeaderParameter(string Name, string Description);

/// <summary>A header of a response, for the documentation.</summary>
/// <param name="statusCode">The status code of the response.</param>
/// <param name="name">The header's name.</param>
/// <param name="description">What it holds, as a sentence for the API's users.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class ResponseHeaderAttribute(int statusCode, string name, string description) : Attribute
{
    public int StatusCode { get; } = statusCode;

    public string Name { get; } = name;

    public string Description { get; } = description;
}

/// <summary>An example of a body that is text, such as a CSV file, for the documentation.</summary>
/// <param name="text">The whole body.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BodyExampleAttribute(string text) : Attribute
{
    public string Text { get; } = text;
}

/// <summary>A body with an example for the documentation.</summary>
public interface IExample<out T>
{
    static abstract T Example { get; }
}

/// <summary>Values that examples share, so that the document is the same at every build.</summary>
public static class Examples
{
    public static readonly Guid Id = new("0198c0de-7a3b-7c4d-8e5f-1a2b3c4d5e6f");

    public static readonly DateTime Time = new(2026, 11, 23, 6, 30, 0, DateTimeKind.Utc);
}
