using System.Text.Json;
using System.Text.Json.Serialization;

namespace FunctionsApp.Functions.Tickets;

/// <summary>The kind of a ticket.</summary>
/// <param name="Name">The <see cref="ITicketPresenter.Name"/> of the module that issued it.</param>
[JsonConverter(typeof(Converter))]
public sealed record TicketKind(string Name)
{
    // Responses only.
    public sealed class Converter : JsonConverter<TicketKind>
    {
        public override TicketKind Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, TicketKind value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Name);
    }
}
