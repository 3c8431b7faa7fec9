using System.Text.Json;
using System.Text.Json.Serialization;
using FunctionsApp.Core;

namespace FunctionsApp.Functions.Hosting;

/// <summary>The JSON conventions of bodies: snake_case, strict, source-generated.</summary>
public static class Json
{
    public static void UseApiConventions(this JsonSerializerOptions options, IReadOnlyList<Module> modules)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.PropertyNameCaseInsensitive = false;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Add(new TextConverter());
        options.Converters.Add(new NameConverters());
        options.TypeInfoResolverChain.Clear();
        foreach (var module in modules)
            options.TypeInfoResolverChain.Add(module.Json);
        options.TypeInfoResolverChain.Add(HostingJson.Default);
    }

    /// <summary>The name of an enum value in bodies.</summary>
    public static string Name(string value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value);

    /// <summary>Parses the enum value of a query parameter; null if the parameter is missing.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>: the name is unknown.</exception>
    public static T? Parse<T>(string parameter, string? name)
        where T : struct, Enum =>
        name is null ? null
        : NameConverter<T>.Values.TryGetValue(name, out var value) ? value
        : throw RefusedException.Invalid(parameter, $"Must be one of {string.Join(", ", NameConverter<T>.Values.Keys)}.");

    // Accepts a single name in its exact form: JsonStringEnumConverter ignores case and turns a list such as "inspector, admin" into an
    // undefined value.
    sealed class NameConverters : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum;

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
            (JsonConverter)Activator.CreateInstance(typeof(NameConverter<>).MakeGenericType(typeToConvert))!;
    }

    sealed class NameConverter<T> : JsonConverter<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<string, T> Values = Enum.GetValues<T>().ToDictionary(value => Name(value.ToString()));
        static readonly Dictionary<T, string> Names = Values.ToDictionary(pair => pair.Value, pair => pair.Key);

        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && Values.TryGetValue(reader.GetString()!, out var value)
                ? value
                : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(Names[value]);
    }

    // Rejects text that Postgres cannot store or that is not well-formed Unicode, in all fields.
    sealed class TextConverter : JsonConverter<string>
    {
        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.String)
                throw new JsonException();
            var text = reader.GetString()!;
            return TextRules.IsWellFormed(text) ? text : throw new JsonException(JsonProblems.NotText);
        }

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

        public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetString()!;

        public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
            writer.WritePropertyName(value);
    }
}

/// <summary>The contracts of the hosting layer.</summary>
[JsonSerializable(typeof(Microsoft.AspNetCore.Mvc.ProblemDetails))]
[JsonSerializable(typeof(Health.Status))]
[JsonSerializable(typeof(Health.Alive))]
[JsonSerializable(typeof(Dictionary<string, string[]>))]
[JsonSerializable(typeof(string))]
sealed partial class HostingJson : JsonSerializerContext;
