using System.Buffers;
using System.Text.Json;

namespace FunctionsApp.LoadTest.Targets;

/// <summary>A request for Vegeta.</summary>
/// <param name="Header">Names and values.</param>
/// <param name="Body">The body, or null for none.</param>
sealed record Target(string Method, string Url, IReadOnlyList<(string Name, string Value)> Header, byte[]? Body)
{
    /// <summary>Writes the target as one line of Vegeta's JSON format.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("method", Method);
            json.WriteString("url", Url);
            if (Body is not null)
                json.WriteBase64String("body", Body);
            json.WriteStartObject("header");
            foreach (var (name, value) in Header)
            {
                json.WriteStartArray(name);
                json.WriteStringValue(value);
                json.WriteEndArray();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }
}
