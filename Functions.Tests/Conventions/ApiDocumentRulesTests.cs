using System.Text.Json;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Conventions;

/// <summary>
/// What client generators and readers expect of <c>docs/openapi.json</c>, which is generated from the code.
/// </summary>
[OwnServer]
public sealed class ApiDocumentRulesTests
{
    static readonly JsonElement document = JsonElement.Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs", "openapi.json")));

    static IEnumerable<(string Name, JsonElement Operation)> Operations =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        select ($"{operation.Name} {path.Name}", operation.Value);

    static IEnumerable<(string Name, JsonElement Schema)> Components =>
        document.GetProperty("components").GetProperty("schemas").EnumerateObject().Select(one => (one.Name, one.Value));

    // All nested schemas with their location.
    static IEnumerable<(string Name, JsonElement Schema)> Schemas =>
        Components
            .SelectMany(one => Within(one.Name, one.Schema))
            .Concat(
                Operations.SelectMany(one =>
                    Parameters(one.Operation)
                        .SelectMany(parameter => Within($"{one.Name} {Text(parameter, "name")}", parameter.GetProperty("schema")))
                )
            )
            .Concat(Operations.SelectMany(one => Bodies(one.Operation).SelectMany(body => Within($"{one.Name} {body.Type}", body.Schema))));

    [Fact]
    public void Everything_has_a_description()
    {
        foreach (var (name, operation) in Operations)
        {
            Assert.True(
                Text(operation, "summary") is { Length: > 0 } && Text(operation, "description") is { Length: > 0 },
                $"{name} has no summary or description."
            );
            Assert.All(
                Parameters(operation),
                parameter =>
                    Assert.True(Text(parameter, "description") is { Length: > 0 }, $"{name}: {Text(parameter, "name")} has no description.")
            );
        }

        foreach (var (name, schema) in Components)
        {
            Assert.True(
                Text(schema, "description") is { Length: > 0 } || name.StartsWith("PageOf", StringComparison.Ordinal),
                $"{name} has no description."
            );
            foreach (var property in Properties(schema))
                Assert.True(Text(property.Value, "description") is { Length: > 0 }, $"{name}.{property.Name} has no description.");
        }
    }

    // Doc comments are XML, and their entities are not decoded.
    [Fact]
    public void No_description_contains_an_XML_entity()
    {
        var texts = Texts(document).ToList();

        Assert.Contains(texts, text => text.StartsWith("Send it as", StringComparison.Ordinal));
        Assert.All(texts, text => Assert.DoesNotMatch("&(lt|gt|amp);", text));

        static IEnumerable<string> Texts(JsonElement element) =>
            element.ValueKind switch
            {
                JsonValueKind.Object => element
                    .EnumerateObject()
                    .SelectMany(property =>
                        property is { Name: "description" or "summary", Value.ValueKind: JsonValueKind.String }
                            ? [property.Value.GetString()!]
                            : Texts(property.Value)
                    ),
                JsonValueKind.Array => element.EnumerateArray().SelectMany(Texts),
                _ => [],
            };
    }

    [Fact]
    public void Every_schema_has_a_type_enums_are_strings_and_arrays_have_items()
    {
        Assert.All(
            Schemas,
            one =>
            {
                Assert.True(
                    one.Schema.TryGetProperty("type", out var type)
                        || one.Schema.TryGetProperty("$ref", out _)
                        || one.Schema.TryGetProperty("oneOf", out _),
                    $"{one.Name} has no type."
                );
                if (one.Schema.TryGetProperty("enum", out _))
                    Assert.True(
                        type.GetRawText().Contains("\"string\"", StringComparison.Ordinal),
                        $"{one.Name} is an enum without a type."
                    );
                if (type.ValueKind == JsonValueKind.String && type.GetString() == "array")
                    Assert.True(one.Schema.TryGetProperty("items", out _), $"{one.Name} is an array without items.");
                Assert.False(one.Schema.TryGetProperty("default", out _), $"{one.Name} has a default, which makes generators require it.");
            }
        );
        Assert.Equal(["day", "week", "month"], Enum("get /portfolio/history", "interval"));
        Assert.Equal(["auto"], Enum("post /ledger/import", "fund"));
    }

    [Fact]
    public void Response_properties_are_required_and_request_properties_only_without_a_default()
    {
        var requests = new HashSet<string>();
        foreach (var (_, operation) in Operations.Where(one => one.Operation.TryGetProperty("requestBody", out _)))
        {
            foreach (var content in operation.GetProperty("requestBody").GetProperty("content").EnumerateObject())
                Collect(content.Value.GetProperty("schema"), requests);
        }

        Assert.Contains("NewUser", requests);
        foreach (
            var (name, schema) in Components.Where(one =>
                !requests.Contains(one.Name)
                && one.Schema.TryGetProperty("properties", out _)
                && one.Name is not ("Key" or "ProblemDetails")
            )
        )
        {
            Assert.Equal(Properties(schema).Select(property => property.Name).Order(), Required(schema).Order());
        }

        Assert.Equal(["password", "username"], Required(Component("NewUser")).Order());
        Assert.Equal(["alg", "kid", "kty", "use"], Required(Component("Key")).Order());
        Assert.Equal(254, Component("NewUser").GetProperty("properties").GetProperty("email").GetProperty("maxLength").GetInt32());
    }

    [Fact]
    public void Files_are_binary_and_JSON_comes_first()
    {
        var files = Operations.SelectMany(one => Bodies(one.Operation)).Where(body => body.Type is "text/csv" or "image/svg+xml").ToList();

        Assert.Equal(6, files.Count);
        Assert.All(files, file => Assert.Equal("binary", Text(file.Schema, "format")));
        foreach (var (name, operation) in Operations)
        {
            var types = Bodies(operation, "requestBody").Select(body => body.Type).ToList();
            Assert.True(!types.Contains("application/json") || types[0] == "application/json", $"{name} lists JSON after a form.");
        }
    }

    [Fact]
    public void Headers_and_304_are_documented()
    {
        foreach (var (name, operation) in Operations)
        {
            var responses = operation.GetProperty("responses");
            if (responses.TryGetProperty("201", out var created))
                Assert.True(Headers(created).Contains("Location"), $"{name} has no Location.");
            if (responses.TryGetProperty("304", out var unmodified))
                Assert.Contains("ETag", Headers(unmodified));
            foreach (var status in new[] { "429", "503" })
                if (responses.TryGetProperty(status, out var later))
                    Assert.Contains("Retry-After", Headers(later));
            Assert.True(operation.TryGetProperty("security", out _), $"{name} does not say whether it needs a token.");
        }

        foreach (var tagged in new[] { "get /users/me", "patch /users/me", "get /users/{id}", "patch /users/{id}" })
            Assert.Contains("ETag", Headers(Operation(tagged).GetProperty("responses").GetProperty("200")));
        foreach (var get in new[] { "get /users/me", "get /users/{id}" })
            Assert.True(Operation(get).GetProperty("responses").TryGetProperty("304", out _));
    }

    [Fact]
    public void Sections_are_in_order_and_start_with_signup()
    {
        Assert.Equal(
            Modules.All.SelectMany(module => module.Tags).Select(tag => tag.Name),
            document.GetProperty("tags").EnumerateArray().Select(tag => Text(tag, "name"))
        );
        Assert.All(document.GetProperty("tags").EnumerateArray(), tag => Assert.False(string.IsNullOrEmpty(Text(tag, "description"))));
        Assert.Equal(["post /signup", "post /login"], Operations.Take(2).Select(one => one.Name));
        Assert.Contains("POST /signup", Text(document.GetProperty("info"), "description"), StringComparison.Ordinal);
        var tags = Operations
            .SelectMany(one => one.Operation.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()!))
            .Distinct();
        Assert.Equal(tags.Order(), document.GetProperty("tags").EnumerateArray().Select(tag => Text(tag, "name")!).Order());
    }

    // The documentation page prefills examples, which would make requests with these headers fail.
    [Fact]
    public void Preconditions_and_idempotency_keys_have_no_example()
    {
        var headers = Operations
            .SelectMany(one => Parameters(one.Operation))
            .Where(parameter => Text(parameter, "in") == "header")
            .ToList();

        Assert.Contains(headers, header => Text(header, "name") == "If-Match");
        Assert.Contains(headers, header => Text(header, "name") == "Idempotency-Key");
        Assert.All(headers, header => Assert.False(header.TryGetProperty("example", out _) || header.TryGetProperty("examples", out _)));
    }

    [Fact]
    public void Every_body_has_an_example()
    {
        Assert.All(
            Operations
                .Where(one => one.Operation.TryGetProperty("requestBody", out _))
                .SelectMany(one =>
                    one.Operation.GetProperty("requestBody")
                        .GetProperty("content")
                        .EnumerateObject()
                        .Select(content => (one.Name, content.Value))
                ),
            one =>
                Assert.True(
                    one.Value.TryGetProperty("example", out _) || HasExample(one.Value.GetProperty("schema")),
                    $"{one.Name} has no example of its body."
                )
        );

        static bool HasExample(JsonElement schema) =>
            schema.TryGetProperty("examples", out _)
            || Text(schema, "$ref") is { } reference && HasExample(Component(reference.Split('/')[^1]))
            || schema.TryGetProperty("items", out var items) && HasExample(items);
    }

    static IEnumerable<(string Name, JsonElement Schema)> Within(string name, JsonElement schema)
    {
        yield return (name, schema);
        foreach (var property in Properties(schema))
        foreach (var inner in Within($"{name}.{property.Name}", property.Value))
            yield return inner;
        if (schema.TryGetProperty("items", out var items))
            foreach (var inner in Within($"{name}[]", items))
                yield return inner;
        if (schema.TryGetProperty("oneOf", out var choices))
            foreach (var choice in choices.EnumerateArray())
            foreach (var inner in Within(name, choice))
                yield return inner;
    }

    static void Collect(JsonElement schema, HashSet<string> names)
    {
        foreach (var (_, inner) in Within("", schema))
        {
            if (Text(inner, "$ref") is { } reference && names.Add(reference.Split('/')[^1]))
                Collect(Component(reference.Split('/')[^1]), names);
        }
    }

    static IEnumerable<(string Type, JsonElement Schema)> Bodies(JsonElement operation, string? only = null)
    {
        IEnumerable<JsonElement> holders = only is null
            ? operation.GetProperty("responses").EnumerateObject().Select(response => response.Value)
            : [];
        if (operation.TryGetProperty("requestBody", out var body))
            holders = holders.Append(body);
        return holders
            .Where(holder => holder.TryGetProperty("content", out _))
            .SelectMany(holder => holder.GetProperty("content").EnumerateObject())
            .Select(content => (content.Name, content.Value.GetProperty("schema")));
    }

    static string?[] Enum(string operation, string parameter) =>
        [
            .. Parameters(Operation(operation))
                .Single(one => Text(one, "name") == parameter)
                .GetProperty("schema")
                .GetProperty("enum")
                .EnumerateArray()
                .Select(value => value.GetString()),
        ];

    static JsonElement Operation(string name) => Operations.Single(one => one.Name == name).Operation;

    static JsonElement Component(string name) => Components.Single(one => one.Name == name).Schema;

    static IEnumerable<JsonElement> Parameters(JsonElement operation) =>
        operation.TryGetProperty("parameters", out var parameters) ? parameters.EnumerateArray() : [];

    static IEnumerable<JsonProperty> Properties(JsonElement schema) =>
        schema.TryGetProperty("properties", out var properties) ? properties.EnumerateObject() : [];

    static IEnumerable<string> Required(JsonElement schema) =>
        schema.TryGetProperty("required", out var required) ? required.EnumerateArray().Select(one => one.GetString()!) : [];

    static List<string> Headers(JsonElement response) =>
        response.TryGetProperty("headers", out var headers) ? [.. headers.EnumerateObject().Select(header => header.Name)] : [];

    static string? Text(JsonElement element, string property) => element.TryGetProperty(property, out var value) ? value.GetString() : null;
}
