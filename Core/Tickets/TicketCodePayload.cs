using System.Text.Json.Serialization;

namespace FunctionsApp.Core.Tickets;

/// <summary>What is signed. Codes that were issued have these names, so they cannot change.</summary>
/// <param name="Kind">The letter of <see cref="TicketCode.Kind"/>.</param>
/// <param name="Scope">Not only a run: also a lot, or what else a module keeps its tickets with. 16 bytes in base64url.</param>
/// <param name="Ticket">16 bytes in base64url.</param>
sealed record TicketCodePayload(
    [property: JsonPropertyName("k")] string Kind,
    [property: JsonPropertyName("run")] string Scope,
    [property: JsonPropertyName("tkt")] string Ticket
);

[JsonSerializable(typeof(TicketCodePayload))]
sealed partial class TicketCodeJson : JsonSerializerContext;
