using System.Text.Json;
using System.Text.Json.Serialization;

namespace FunctionsApp.Functions.Hosting;

/// <summary>A string in a PATCH that distinguishes null (remove the value) from a missing property (keep the value).</summary>
[JsonConverter(typeof(Converter))]
public readonly record struct OptionalText(string? Value)
{
    public bool IsSet { get; } = true;

    public static implicit operator (bool IsSet, string? Value)(OptionalText text) => (text.IsSet, text.Value);

    public sealed class Converter : JsonConverter<OptionalText>
    {
        public override bool HandleNull => true;

        public override OptionalText Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(
                reader.TokenType == JsonTokenType.Null
                    ? null
                    : ((JsonConverter<string>)options.GetConverter(typeof(string))).Read(ref reader, typeof(string), options)
            );

        public override void Write(Utf8JsonWriter writer, OptionalText value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Value);
    }
}
