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

/// <summary>Documents a request header that a function reads.</summary>
/// <param name="Name">The header's name.</param>
/// <param name="Description">The effect, as a sentence for the API's users.</param>
public sealed record HeaderParameter(string Name, string Description);

/// <summary>Documents a response header.</summary>
/// <param name="statusCode">The status code of the response.</param>
/// <param name="name">The header's name.</param>
/// <param name="description">The meaning, as a sentence for the API's users.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class ResponseHeaderAttribute(int statusCode, string name, string description) : Attribute
{
    public int StatusCode { get; } = statusCode;

    public string Name { get; } = name;

    public string Description { get; } = description;
}

/// <summary>Documents an example of a text body, such as a CSV file.</summary>
/// <param name="text">The complete body.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BodyExampleAttribute(string text) : Attribute
{
    public string Text { get; } = text;
}

/// <summary>A contract with an example for the documentation.</summary>
public interface IExample<out T>
{
    static abstract T Example { get; }
}

/// <summary>Constant values for examples, so that every build generates the same document.</summary>
public static class Examples
{
    public static readonly Guid Id = new("0198c0de-7a3b-7c4d-8e5f-1a2b3c4d5e6f");

    public static readonly DateTime Time = new(2026, 11, 23, 6, 30, 0, DateTimeKind.Utc);
}
