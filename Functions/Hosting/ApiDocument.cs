using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;

namespace Functions.Hosting;

/// <summary>The OpenAPI 3.1 document, made from the functions themselves.</summary>
public static class ApiDocument
{
    public const string Name = "v1", PasswordScheme = "password", BearerScheme = "bearer";

    const string Problem = "ProblemDetails";

    public static void AddApiDocument(this IServiceCollection services) => services.AddOpenApi(Name, document =>
    {
        document.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        document.AddDocumentTransformer(Describe);
        document.AddOperationTransformer(DescribeOperation);
        document.AddSchemaTransformer(DescribeSchema);
    });

    static Task Describe(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancel)
    {
        document.Info = new()
        {
            Title = "FunctionsApp",
            Version = "1",
            Description = "Accounts and users, train tickets and parking. Errors are problem+json (RFC 9457); lists are paged by cursor; times are UTC. Log in with **Authorize**, or send an access token as `Authorization: Bearer …`.",
            License = new() { Name = "MIT", Identifier = "MIT" },
        };
        document.Servers = [new() { Url = HostJson.RoutePrefix.Length == 0 ? "/" : HostJson.RoutePrefix }];
        document.Components ??= new();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [PasswordScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.OAuth2,
                Description = "Log in with a username or an e-mail address.",
                Flows = new()
                {
                    Password = new()
                    {
                        TokenUrl = new($"{HostJson.RoutePrefix}/login", UriKind.Relative),
                        Scopes = new Dictionary<string, string>(),
                    },
                },
            },
            [BearerScheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT", Description = "An access token from /login." },
        };
        foreach (var operation in document.Paths.Values.SelectMany(path => path.Operations?.Values.AsEnumerable() ?? []))
        {
            if (operation.Security is { Count: > 0 })
            {
                operation.Security = [new() { [new(PasswordScheme, document)] = [] }, new() { [new(BearerScheme, document)] = [] }];
            }
        }

        return Task.CompletedTask;
    }

    static async Task DescribeOperation(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancel)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var needsToken = !metadata.OfType<IAllowAnonymous>().Any();
        var needsRole = metadata.OfType<IAuthorizeData>().Any(data => data.Roles is not null);
        if (needsToken) operation.Security = [[]];

        foreach (var header in metadata.OfType<HeaderParameter>())
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = header.Name,
                In = ParameterLocation.Header,
                Description = header.Description,
                Example = header.Example,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            });
        }

        var problem = await context.GetOrCreateSchemaAsync(typeof(Microsoft.AspNetCore.Mvc.ProblemDetails), null, cancel);
        context.Document!.AddComponent(Problem, problem);
        if (operation.RequestBody is not null)
        {
            Fails(400, "The body cannot be read, or fields in it are not valid: `errors` names each.");
            Fails(413, "The body is too large.");
            Fails(415, "The body has another media type.");
        }
        else if (operation.Parameters is { Count: > 0 } && operation.Parameters.Any(parameter => parameter.In != ParameterLocation.Path))
        {
            Fails(400, "A parameter is not valid: `errors` names it.");
        }

        if (needsToken) Fails(401, "No Bearer token, or one that is not valid, has expired or whose session has ended.");
        if (needsRole) Fails(403, "The role does not allow it.");
        foreach (var failure in metadata.OfType<FailsAttribute>()) Fails(failure.StatusCode, failure.Description);
        Fails(503, "The database is away: try again as Retry-After says.");
        var sorted = new OpenApiResponses();
        foreach (var (status, response) in operation.Responses!.OrderBy(pair => pair.Key, StringComparer.Ordinal)) sorted.Add(status, response);
        operation.Responses = sorted;

        void Fails(int status, string description)
        {
            operation.Responses ??= [];
            var key = $"{status}";
            if (operation.Responses.TryGetValue(key, out var before) && before.Content?.ContainsKey("application/problem+json") == true && before.Content["application/problem+json"].Example is not null) return;
            var response = new OpenApiResponse
            {
                Description = description,
                Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = new() { Schema = new OpenApiSchemaReference(Problem, context.Document), Example = ProblemExample(status, description) } },
            };
            if (status is 429 or 503) response.Headers = new Dictionary<string, IOpenApiHeader> { ["Retry-After"] = Header("Seconds to wait.", JsonSchemaType.Integer) };
            if (status is 401) response.Headers = new Dictionary<string, IOpenApiHeader> { ["WWW-Authenticate"] = Header("Bearer, with the error.", JsonSchemaType.String) };
            operation.Responses[key] = response;
        }
    }

    static OpenApiHeader Header(string description, JsonSchemaType type) => new() { Description = description, Schema = new OpenApiSchema { Type = type } };

    static JsonObject ProblemExample(int status, string description)
    {
        var example = new JsonObject { ["title"] = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status), ["status"] = status, ["detail"] = description };
        if (status is 400) example["errors"] = new JsonObject { ["field"] = new JsonArray("What is wrong with it.") };
        return example;
    }

    static Task DescribeSchema(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancel)
    {
        var type = context.JsonTypeInfo.Type;
        if (type == typeof(OptionalText)) schema.Type = JsonSchemaType.String | JsonSchemaType.Null;
        // Texts and enums have converters of ours, so the schema's maker knows nothing of them.
        if (type == typeof(string)) schema.Type = context.JsonPropertyInfo?.IsGetNullable == true ? JsonSchemaType.String | JsonSchemaType.Null : JsonSchemaType.String;
        var underlying = Nullable.GetUnderlyingType(type);
        if ((underlying ?? type) is { IsEnum: true } names)
        {
            schema.Enum = [.. Enum.GetNames(names).Select(name => JsonValue.Create(Json.Name(name))), .. underlying is null ? Array.Empty<JsonNode>() : [JsonNullSentinel.JsonNull]];
        }

        if ((underlying ?? type) == typeof(decimal)) schema.Format = "decimal";
        if (type == typeof(Microsoft.AspNetCore.Mvc.ProblemDetails))
        {
            schema.Description = "RFC 9457. `errors` names what is wrong field by field; `trace_id` finds the request in the logs.";
            schema.Properties!["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
            };
            schema.Properties["trace_id"] = new OpenApiSchema { Type = JsonSchemaType.String };
            schema.AdditionalPropertiesAllowed = true;
        }

        if (context.JsonPropertyInfo is null && Array.Exists(type.GetInterfaces(), one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IExample<>)))
        {
            var example = type.GetProperty("Example", BindingFlags.Public | BindingFlags.Static)!.GetValue(null);
            var options = context.ApplicationServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
            var json = JsonSerializer.SerializeToNode(example, options.GetTypeInfo(type))!.AsObject();
            foreach (var name in json.Where(pair => pair.Value is null).Select(pair => pair.Key).ToList()) json.Remove(name);
            schema.Examples = [json];
        }

        return Task.CompletedTask;
    }
}
