using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.OpenApi;

namespace FunctionsApp.Functions.Hosting;

/// <summary>The OpenAPI 3.1 document, generated from the functions, their contracts and their doc comments.</summary>
public static class ApiDocument
{
    /// <summary>The name of the document, and of its security schemes.</summary>
    public const string Name = "v1",
        PasswordScheme = "password",
        BearerScheme = "bearer";

    // Paths that come first in their section.
    static readonly string[] first = ["/signup", "/login"];

    // The order of operations within a path; the generator's own order depends on file names.
    static readonly HttpMethod[] methods = [HttpMethod.Get, HttpMethod.Post, HttpMethod.Put, HttpMethod.Patch, HttpMethod.Delete];

    const string Introduction = """
        Accounts, train and parking tickets, and an investment ledger.

        ## Get started

        1. **Sign up** with `POST /signup`. An account needs a username and a password.
        2. **Log in** with `POST /login`, or enter the username and the password under **Authentication** on this page.
        3. Send the access token with each request: `Authorization: Bearer <access_token>`.
        4. An access token expires after 15 minutes. Get a new one with `POST /token/refresh`, or press **Refresh** under
           **Authentication**.

        ## Conventions

        - Bodies are JSON with names in `snake_case`. Unknown fields are rejected.
        - Times are RFC 3339 in UTC. Amounts of money and quantities are JSON numbers.
        - Errors are `application/problem+json` (RFC 9457). For invalid input, `errors` lists the problems by field.
        - Lists return `items` and `next_cursor`. Pass the cursor back to get the next page; it is null on the last page.
        - `GET` requests can also be sent as `HEAD`.
        """;

    public static void AddApiDocument(this IServiceCollection services)
    {
        services.AddOpenApi(
            Name,
            document =>
            {
                document.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
                document.AddDocumentTransformer(Describe);
                document.AddOperationTransformer(ApiOperations.DescribeAsync);
                document.AddSchemaTransformer(ApiSchemas.DescribeAsync);
            }
        );
        // ASP.NET Core's provider, on endpoints that are described when the document is first requested.
        var original = services.Single(service => service.ServiceType == typeof(IApiDescriptionProvider)).ImplementationType!;
        services.Replace(
            ServiceDescriptor.Singleton(provider =>
                (IApiDescriptionProvider)ActivatorUtilities.CreateInstance(provider, original, FunctionEndpoints.Described(provider))
            )
        );
    }

    static Task Describe(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new()
        {
            Title = "FunctionsApp",
            Version = "1",
            Summary = "Accounts, tickets and an investment ledger.",
            Description = Introduction.ReplaceLineEndings("\n"),
            Contact = new() { Name = "FunctionsApp" },
            License = new() { Name = "MIT", Identifier = "MIT" },
        };
        document.Servers = [new() { Url = HostJson.RoutePrefix.Length == 0 ? "/" : HostJson.RoutePrefix }];
        document.Components ??= new();
        document.Components.SecuritySchemes = SecuritySchemes();
        foreach (var operation in Operations(document.Paths))
        {
            // An empty list means that no token is needed; a missing one would leave it unspecified.
            operation.Security = operation.Security is { Count: > 0 }
                ? [new() { [new(PasswordScheme, document)] = [] }, new() { [new(BearerScheme, document)] = [] }]
                : [];
        }

        Order(document, context.ApplicationServices.GetRequiredService<IReadOnlyList<Module>>());
        ApiSchemas.RequireWhatIsAlwaysReturned(document);
        ApiDescriptions.JoinLines(document);
        return Task.CompletedTask;
    }

    static Dictionary<string, IOpenApiSecurityScheme> SecuritySchemes() =>
        new()
        {
            [PasswordScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.OAuth2,
                Description = "Log in with a username or an email address.",
                Flows = new()
                {
                    Password = new()
                    {
                        TokenUrl = new($"{HostJson.RoutePrefix}/login", UriKind.Relative),
                        RefreshUrl = new($"{HostJson.RoutePrefix}/token/refresh", UriKind.Relative),
                        Scopes = new Dictionary<string, string>(),
                    },
                },
            },
            [BearerScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "JWT",
                Description = "An access token from `POST /login`.",
            },
        };

    // Sorts the sections by module, and the paths by section.
    static void Order(OpenApiDocument document, IReadOnlyList<Module> modules)
    {
        var tags = modules.SelectMany(module => module.Tags).ToList();
        document.Tags = new HashSet<OpenApiTag>(tags.Select(tag => new OpenApiTag { Name = tag.Name, Description = tag.Description }));
        var paths = new OpenApiPaths();
        foreach (
            var (path, item) in document
                .Paths.OrderBy(pair => Section(pair.Value))
                .ThenBy(pair => Priority(pair.Key))
                .ThenBy(pair => pair.Key, StringComparer.Ordinal)
                .ToList()
        )
        {
            if (item is OpenApiPathItem { Operations: { } operations } concrete)
                concrete.Operations = operations.OrderBy(pair => Array.IndexOf(methods, pair.Key)).ToDictionary();
            paths.Add(path, item);
        }

        document.Paths = paths;

        static int Priority(string path) => Array.IndexOf(first, path) is >= 0 and var index ? index : first.Length;

        int Section(IOpenApiPathItem item) =>
            item.Operations!.Values.SelectMany(operation => operation.Tags ?? new HashSet<OpenApiTagReference>())
                .Min(tag => tags.FindIndex(one => one.Name == tag.Reference.Id));
    }

    /// <summary>All operations of the document.</summary>
    internal static IEnumerable<OpenApiOperation> Operations(OpenApiPaths paths) =>
        paths.Values.SelectMany(path => path.Operations?.Values.AsEnumerable() ?? []);
}
