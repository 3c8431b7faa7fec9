using System.Text.Json.Serialization;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Tickets;

/// <summary>How the module's bodies are read and written.</summary>
[JsonSerializable(typeof(Page<TicketItem>))]
[JsonSerializable(typeof(VerifyRequest))]
[JsonSerializable(typeof(VerifiedTicket))]
public sealed partial class TicketsJson : JsonSerializerContext;
