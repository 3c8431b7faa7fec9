using System.Text.Json.Serialization;

namespace FunctionsApp.Functions.Keys;

/// <summary>How the module's bodies are written.</summary>
[JsonSerializable(typeof(JsonWebKeys))]
public sealed partial class KeysJson : JsonSerializerContext;
