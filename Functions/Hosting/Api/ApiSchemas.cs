using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using ProblemDetails = Microsoft.AspNetCore.Mvc.ProblemDetails;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Completes the schemas of bodies: the generator does not know what this project's JSON converters read and write.
/// </summary>
static class ApiSchemas
{
    // The key, in a schema's internal metadata, of the properties that every response contains.
    const string Always = "always-returned";

    public static async Task DescribeAsync(
        OpenApiSchema schema,
        OpenApiSchemaTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        var type = context.JsonTypeInfo.Type;
        var property = context.JsonPropertyInfo;
        // Optional fields can be omitted; if they had a default, client generators would make them required.
        schema.Default = null;
        DescribeText(schema, type, property);
        DescribeEnum(schema, type);
        if ((Nullable.GetUnderlyingType(type) ?? type) == typeof(decimal))
            schema.Format = "decimal";
        // Omitted instead of null.
        if (Attribute<JsonIgnoreAttribute>(property) is { Condition: JsonIgnoreCondition.WhenWritingNull })
            schema.Type &= ~JsonSchemaType.Null;
        if (context.JsonTypeInfo is { Kind: JsonTypeInfoKind.Enumerable, ElementType: { } element } && schema.Items is null)
            schema.Items = await context.GetOrCreateSchemaAsync(element, null, cancellationToken);
        if (type == typeof(ProblemDetails))
            DescribeProblem(schema);
        else if (context.JsonTypeInfo.Kind == JsonTypeInfoKind.Object)
            DescribeContract(schema, context);
    }

    static void DescribeText(OpenApiSchema schema, Type type, JsonPropertyInfo? property)
    {
        if (type == typeof(OptionalText))
            schema.Type = JsonSchemaType.String | JsonSchemaType.Null;
        if (type == typeof(string))
            schema.Type = property?.IsGetNullable == true ? JsonSchemaType.String | JsonSchemaType.Null : JsonSchemaType.String;
        if (Attribute<StringLengthAttribute>(property) is not { } length || schema.Type?.HasFlag(JsonSchemaType.String) != true)
            return;
        schema.MaxLength = length.MaximumLength;
        if (length.MinimumLength > 0)
            schema.MinLength = length.MinimumLength;
    }

    static void DescribeEnum(OpenApiSchema schema, Type type)
    {
        var underlying = Nullable.GetUnderlyingType(type);
        if ((underlying ?? type) is not { IsEnum: true } names)
            return;
        schema.Type = underlying is null ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;
        schema.Enum =
        [
            .. Enum.GetNames(names).Select(name => JsonValue.Create(Json.Name(name))),
            .. underlying is null ? Array.Empty<JsonNode>() : [JsonNullSentinel.JsonNull],
        ];
    }

    static void DescribeContract(OpenApiSchema schema, OpenApiSchemaTransformerContext context)
    {
        var type = context.JsonTypeInfo.Type;
        schema.Metadata ??= new Dictionary<string, object>();
        schema.Metadata[Always] = context
            .JsonTypeInfo.Properties.Where(one => Attribute<JsonIgnoreAttribute>(one) is null)
            .Select(one => one.Name)
            .ToHashSet();
        if (Array.Exists(type.GetInterfaces(), one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IExample<>)))
            schema.Examples = [Example(type, context)];
    }

    /// <summary>
    /// Responses contain all properties, including null ones; requests require only those without a default. A contract that is used in
    /// both keeps the requirements of requests.
    /// </summary>
    public static void RequireWhatIsAlwaysReturned(OpenApiDocument document)
    {
        var requests = SchemasOfRequests(document);
        foreach (var (name, component) in document.Components!.Schemas ?? new Dictionary<string, IOpenApiSchema>())
        {
            if (!requests.Contains(name))
                RequireWhatIsAlwaysReturned(component);
            DescribeNullableContracts(component);
        }
    }

    static void RequireWhatIsAlwaysReturned(IOpenApiSchema component)
    {
        if (component is OpenApiSchema { Metadata: { } metadata } schema && metadata.TryGetValue(Always, out var value))
            schema.Required = ((HashSet<string>)value).Where(one => schema.Properties?.ContainsKey(one) == true).ToHashSet();
    }

    // The schema of a nullable contract has no description.
    static void DescribeNullableContracts(IOpenApiSchema component)
    {
        foreach (var optional in component.Properties?.Values.OfType<OpenApiSchema>().Where(one => one.OneOf is { Count: > 0 }) ?? [])
            optional.Description ??= optional.OneOf!.Select(one => one.Description).FirstOrDefault(one => one is not null);
    }

    // The names of the schemas that the bodies of requests refer to.
    static HashSet<string> SchemasOfRequests(OpenApiDocument document)
    {
        var names = new HashSet<string>();
        foreach (
            var content in ApiDocument
                .Operations(document.Paths)
                .SelectMany(operation => operation.RequestBody?.Content?.Values.AsEnumerable() ?? [])
        )
            Collect(content.Schema);
        return names;

        void Collect(IOpenApiSchema? schema)
        {
            if (schema is null || schema is OpenApiSchemaReference reference && !names.Add(reference.Reference.Id!))
                return;
            Collect(schema.Items);
            Collect(schema.AdditionalProperties);
            IEnumerable<IOpenApiSchema> inner =
            [
                .. schema.Properties?.Values.AsEnumerable() ?? [],
                .. schema.OneOf ?? [],
                .. schema.AnyOf ?? [],
                .. schema.AllOf ?? [],
            ];
            foreach (var one in inner)
                Collect(one);
        }
    }

    static void DescribeProblem(OpenApiSchema schema)
    {
        schema.Description = "A failure (RFC 9457).";
        var text = JsonSchemaType.String;
        schema.Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = new OpenApiSchema { Type = text, Description = "Always `about:blank`: `status` says what kind of failure it is." },
            ["title"] = new OpenApiSchema { Type = text, Description = "The name of the HTTP status." },
            ["status"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Integer,
                Format = "int32",
                Description = "The HTTP status code.",
            },
            ["detail"] = new OpenApiSchema { Type = text, Description = "What went wrong, in a sentence." },
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "The problems by field, for invalid input and for conflicts over fields.",
                AdditionalProperties = new OpenApiSchema
                {
                    Type = JsonSchemaType.Array,
                    Items = new OpenApiSchema { Type = text },
                },
            },
            ["trace_id"] = new OpenApiSchema { Type = text, Description = "Identifies the request in the logs." },
        };
        schema.Required = new HashSet<string> { "type", "title", "status" };
        schema.AdditionalPropertiesAllowed = true;
    }

    static JsonObject Example(Type type, OpenApiSchemaTransformerContext context)
    {
        var example = type.GetProperty("Example", BindingFlags.Public | BindingFlags.Static)!.GetValue(null);
        var options = context.ApplicationServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        var json = JsonSerializer.SerializeToNode(example, options.GetTypeInfo(type))!.AsObject();
        var optional = context.JsonTypeInfo.Properties.Where(one => !one.IsRequired).Select(one => one.Name).ToHashSet();
        // Requests can omit optional properties instead of sending null.
        foreach (var name in json.Where(pair => pair.Value is null && optional.Contains(pair.Key)).Select(pair => pair.Key).ToList())
            json.Remove(name);
        return json;
    }

    static T? Attribute<T>(JsonPropertyInfo? property)
        where T : Attribute => property?.AttributeProvider?.GetCustomAttributes(typeof(T), inherit: true).OfType<T>().FirstOrDefault();
}
