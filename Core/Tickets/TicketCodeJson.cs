using System.Text.Json.Serialization;

namespace FunctionsApp.Core.Tickets;

/// <param name="Scope">16 bytes in base64url, as is <paramref name="Ticket"/>.</param>
sealed record Payload(
    [property: JsonPropertyName("k")] string Kind,
    [property: JsonPropertyName("run")] string Scope,
    [property: JsonPropertyName("tkt")] string Ticket
);

[JsonSerializable(typeof(Payload))]
sealed partial class TicketCodeJson : JsonSerializerContext;
