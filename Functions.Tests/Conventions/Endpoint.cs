using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Conventions;

/// <summary>An endpoint that accepts a JSON body, with a valid body.</summary>
/// <param name="Texts">The names of its string fields.</param>
/// <param name="TakesForms">Whether it also accepts a form.</param>
/// <param name="Path">The path. A parameter such as <c>{lot}</c> is a resource that a POST to the path before it creates.</param>
/// <param name="Others">The other fields, as JSON, including strings that need a specific value.</param>
public sealed partial record Endpoint(HttpMethod Method, string Path, string[] Texts, bool TakesForms = false, string Others = "{}")
{
    /// <summary>Whether the body is an array; the valid one has one item, with <see cref="Texts"/> and <see cref="Others"/>.</summary>
    public bool IsArray { get; init; }

    /// <summary>Sets values that require a request, such as the code of a ticket.</summary>
    public Func<Person, JsonObject, Task> PrepareAsync { get; init; } = (_, _) => Task.CompletedTask;

    /// <summary>The endpoints of all modules, from the classes that implement <see cref="IEndpoints"/>.</summary>
    public static IReadOnlyList<Endpoint> All { get; } =
    [
        .. from type in typeof(Endpoint).Assembly.GetTypes()
        where type.IsClass && type.IsAssignableTo(typeof(IEndpoints))
        orderby type.FullName
        from endpoint in ((IEndpoints)Activator.CreateInstance(type)!).Endpoints
        select endpoint,
    ];

    public override string ToString() => $"{Method} {Path}";

    /// <summary>Creates a valid body for requests of <paramref name="admin"/>.</summary>
    public async Task<JsonObject> BodyAsync(Person admin)
    {
        var values = new Dictionary<string, string>
        {
            ["username"] = Path == "/login" ? admin.Name : Unique.Name(),
            ["password"] = Person.FirstPassword,
            ["email"] = Unique.Email(),
            ["grant_type"] = Path == "/login" ? "password" : "refresh_token",
            ["scope"] = "",
            ["client_id"] = "",
            ["client_secret"] = "",
            ["refresh_token"] = admin.RefreshToken,
            ["current_password"] = Person.FirstPassword,
            ["new_password"] = "staple of the realm",
            ["name"] = "Central Station",
            ["time_zone"] = "Europe/Berlin",
            ["plate"] = "B-AB 1234",
            ["vehicle"] = "car",
            ["number"] = "12610",
            ["from"] = "A",
            ["to"] = "B",
            ["class"] = "2A",
            ["type"] = "dividend",
            ["at"] = "2024-01-01",
            ["symbol"] = "INFY",
            ["isin"] = "INE009A01021",
            ["currency"] = "INR",
            ["note"] = "Interim",
        };
        var body = JsonNode.Parse(Others)!.AsObject();
        foreach (var field in Texts.Where(field => !body.ContainsKey(field)))
            body[field] = values.GetValueOrDefault(field);
        await PrepareAsync(admin, body);
        return body;
    }

    /// <summary>Fills in the path, creating the resources in it if necessary.</summary>
    public async Task<string> PathAsync(Person admin)
    {
        var path = Path;
        if (Parameter().Match(path) is { Success: true } parameter)
        {
            var maker = All.Single(endpoint => endpoint.Method == HttpMethod.Post && endpoint.Path == path[..(parameter.Index - 1)]);
            var created = (await admin.PostAsync(await maker.PathAsync(admin), (await maker.BodyAsync(admin)).ToJsonString())).Is(201);
            path = path.Replace(parameter.Value, created.Text("id"));
        }

        return path;
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    internal static partial Regex Parameter();
}
