using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Completes the operations of the document from their metadata: security, headers, errors, values of parameters.</summary>
static class ApiOperations
{
    const string Problem = nameof(ProblemDetails),
        ProblemJson = "application/problem+json";

    // Parameters with the same meaning in all operations.
    static readonly Dictionary<string, string> shared = new()
    {
        ["limit"] = "The maximum number of items to return. The default is 20.",
        ["cursor"] = "The `next_cursor` of the previous page. Leave it out to get the first page.",
    };

    public static async Task DescribeAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var document = context.Document!;
        if (NeedsToken(metadata))
            operation.Security =
            [
                [],
            ];
        DescribeParameters(operation, metadata);
        document.AddComponent(Problem, await context.GetOrCreateSchemaAsync(typeof(ProblemDetails), null, cancellationToken));
        operation.Responses ??= [];
        foreach (var (status, description) in Failures(operation, metadata))
            operation.Responses[$"{status}"] = Failure(status, description, document);
        AddHeaders(operation.Responses, metadata);
        operation.Responses = Sorted(operation.Responses);
        DescribeBody(operation.RequestBody, metadata);
    }

    static bool NeedsToken(IList<object> metadata) => !metadata.OfType<IAllowAnonymous>().Any();

    // The statuses with which an operation fails, and their descriptions.
    static SortedDictionary<int, string> Failures(OpenApiOperation operation, IList<object> metadata)
    {
        var failures = new SortedDictionary<int, string>();
        if (operation.RequestBody is not null)
        {
            failures[400] = "The body cannot be read, or some of its fields are not valid. `errors` lists them.";
            failures[413] = "The body is too large.";
            failures[415] = "The body has a media type that this request does not accept.";
        }
        else if (operation.Parameters is { } parameters && parameters.Any(parameter => parameter.In != ParameterLocation.Path))
        {
            failures[400] = "A parameter is missing or not valid. `errors` lists them.";
        }

        if (NeedsToken(metadata))
        {
            failures[401] = "The access token is missing, not valid or expired, or its session has ended.";
            failures.TryAdd(429, "Too many concurrent requests from this user. Retry after `Retry-After` seconds.");
        }

        if (metadata.OfType<IAuthorizeData>().Any(data => data.Roles is not null))
            failures[403] = "Your role does not allow this.";
        failures[503] = "The service or its database is temporarily unavailable. Retry after `Retry-After` seconds.";
        foreach (var failure in metadata.OfType<FailsAttribute>())
            failures[failure.StatusCode] = failure.Description;
        if (failures.Keys.All(status => status >= 500))
            failures[400] = "The request cannot be read.";
        return failures;
    }

    static void AddHeaders(OpenApiResponses responses, IList<object> metadata)
    {
        if (responses.TryGetValue("201", out var created))
            AddHeader(created, "Location", "The path of the new resource.");
        foreach (var header in metadata.OfType<ResponseHeaderAttribute>())
        {
            if (responses.TryGetValue($"{header.StatusCode}", out var response))
                AddHeader(response, header.Name, header.Description);
        }
    }

    static OpenApiResponses Sorted(OpenApiResponses responses)
    {
        var sorted = new OpenApiResponses();
        foreach (var (status, response) in responses.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            MarkFiles(response.Content);
            sorted.Add(status, response);
        }

        return sorted;
    }

    static void DescribeBody(IOpenApiRequestBody? body, IList<object> metadata)
    {
        // Client generators use the first media type.
        if (body is OpenApiRequestBody { Content: { } bodies } concrete)
            concrete.Content = bodies.OrderBy(pair => pair.Key == "application/json" ? 0 : 1).ToDictionary();
        MarkFiles(body?.Content);
        if (metadata.OfType<BodyExampleAttribute>().FirstOrDefault() is not { } example)
            return;
        foreach (var content in body?.Content?.Values.AsEnumerable() ?? [])
            content.Example = example.Text;
    }

    static void DescribeParameters(OpenApiOperation operation, IList<object> metadata)
    {
        var ofMethod = metadata.OfType<MethodInfo>().FirstOrDefault()?.GetParameters().ToDictionary(parameter => parameter.Name!) ?? [];
        foreach (var parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>())
        {
            if (shared.TryGetValue(parameter.Name!, out var description))
                parameter.Description ??= description;
            if (ofMethod.GetValueOrDefault(parameter.Name!) is not { } argument || parameter.Schema is not OpenApiSchema schema)
                continue;
            if ((Nullable.GetUnderlyingType(argument.ParameterType) ?? argument.ParameterType) == typeof(QueryDate))
                schema.Format = "date";
            if (argument.GetCustomAttribute<AllowedValuesAttribute>() is { } allowed)
            {
                schema.Enum = [.. allowed.Values.OfType<string>().Select(value => JsonValue.Create(value))];
                schema.Pattern = null;
            }
        }

        foreach (var header in metadata.OfType<HeaderParameter>())
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(
                new OpenApiParameter
                {
                    Name = header.Name,
                    In = ParameterLocation.Header,
                    Description = header.Description,
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                }
            );
        }
    }

    static OpenApiResponse Failure(int status, string description, OpenApiDocument document)
    {
        var example = new JsonObject
        {
            ["type"] = "about:blank",
            ["title"] = ReasonPhrases.GetReasonPhrase(status),
            ["status"] = status,
            ["detail"] = description,
            ["trace_id"] = "0af7651916cd43dd8448eb211c80319c",
        };
        if (status is 400)
            example["errors"] = new JsonObject { ["field"] = new JsonArray("Is required.") };
        var response = new OpenApiResponse
        {
            Description = description,
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [ProblemJson] = new() { Schema = new OpenApiSchemaReference(Problem, document), Example = example },
            },
        };
        if (status is 429 or 503)
            AddHeader(response, "Retry-After", "The number of seconds to wait.", JsonSchemaType.Integer);
        if (status is 401)
            AddHeader(response, "WWW-Authenticate", "`Bearer`, with the reason if a token was sent (RFC 6750).");
        return response;
    }

    static void AddHeader(IOpenApiResponse response, string name, string description, JsonSchemaType type = JsonSchemaType.String)
    {
        if (response is not OpenApiResponse concrete)
            return;
        concrete.Headers ??= new Dictionary<string, IOpenApiHeader>();
        concrete.Headers[name] = new OpenApiHeader
        {
            Description = description,
            Schema = new OpenApiSchema { Type = type },
        };
    }

    // Clients get files as binary content.
    static void MarkFiles(IDictionary<string, OpenApiMediaType>? contents)
    {
        foreach (var (mediaType, content) in contents ?? new Dictionary<string, OpenApiMediaType>())
        {
            if (mediaType is CsvBody.MediaType or "image/svg+xml")
                content.Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" };
        }
    }
}
