namespace FunctionsApp.Functions.Hosting;

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
