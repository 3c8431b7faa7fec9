using System.Reflection;
using FunctionsApp.Core;
using Microsoft.AspNetCore.Http.Metadata;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// The request's <c>Idempotency-Key</c>: a client that received no response repeats the request with the same key and gets the original
/// response.
/// </summary>
public sealed class IdempotencyKey : IEndpointParameterMetadataProvider
{
    const string Header = "Idempotency-Key";
    const string Description =
        "A unique key that you choose, such as a UUID. If you repeat a request with its key, it is not executed again and returns the "
        + "first response.";
    const int MaxLength = 255;

    IdempotencyKey(string? value) => Value = value;

    /// <summary>1 to 255 visible ASCII characters; null without the header.</summary>
    public string? Value { get; }

    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>: the header is not a valid key or occurs more than
    /// once.</exception>
    public static ValueTask<IdempotencyKey> BindAsync(HttpContext context)
    {
        var header = context.Request.Headers[Header];
        if (header.Count == 0)
            return new(new IdempotencyKey(null));
        return header is [{ Length: >= 1 and <= MaxLength } value] && value.All(one => one is >= '!' and <= '~')
            ? new(new IdempotencyKey(value))
            : throw RefusedException.Invalid(Header, $"Must be one key of 1 to {MaxLength} visible ASCII characters.");
    }

    static void IEndpointParameterMetadataProvider.PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        builder.Metadata.Add(new HeaderParameter(Header, Description));
        builder.Metadata.Add(
            new FailsAttribute(StatusCodes.Status422UnprocessableEntity, "The `Idempotency-Key` was used before with another body.")
        );
    }
}
