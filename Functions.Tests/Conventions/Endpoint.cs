using System.Text.Json.Nodes;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Conventions;

/// <summary>An endpoint that takes a JSON body, and a body that it would take.</summary>
/// <param name="Texts">The names of its fields that are texts.</param>
/// <param name="TakesForms">Whether it takes a form too.</param>
/// <param name="Others">Its other fields, as JSON.</param>
public sealed record Endpoint(HttpMethod Method, string Path, string[] Texts, bool TakesForms = false, string Others = "{}")
{
    const string Rate = """{"grace_minutes": 15, "first_hour": 2.50, "further_hour": 2, "day_cap": 18}""";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Endpoint> All { get; } =
    [
        new(HttpMethod.Post, "/signup", ["username", "password", "email"]),
        new(HttpMethod.Post, "/login", ["username", "password", "grant_type", "scope", "client_id", "client_secret"], TakesForms: true),
        new(HttpMethod.Post, "/token/refresh", ["refresh_token", "grant_type"], TakesForms: true),
        new(HttpMethod.Patch, "/users/me", ["username", "email", "current_password"]),
        new(HttpMethod.Put, "/users/me/password", ["current_password", "new_password"]),
        new(HttpMethod.Post, "/users", ["username", "password", "email"]),
        new(HttpMethod.Patch, "/users/{id}", ["username", "email"]),
        new(
            HttpMethod.Post,
            "/parking-lots",
            ["name", "time_zone"],
            Others: $$"""{"spots": {"motorcycle": 0, "car": 1, "truck": 0},"""
                + $$""" "rates": {"motorcycle": {{Rate}}, "car": {{Rate}}, "truck": {{Rate}} } }"""
        ),
        new(HttpMethod.Post, "/parking-lots/{lot}/tickets", ["plate", "vehicle"]),
        new(
            HttpMethod.Post,
            "/trains",
            ["number", "name"],
            Others: """{"service_date": "2190-01-01", "stops": [{"station": "A", "distance_km": 0}, {"station": "B", "distance_km": 1}],"""
                + """ "coaches": [{"coach": "A1", "class": "2A", "seats": 9, "fare_per_km": 1}]}"""
        ),
        new(HttpMethod.Post, "/trains/{run}/tickets", ["from", "to", "class"], Others: """{"passengers": ["Ada"]}"""),
        new(HttpMethod.Post, "/ledger/entries", ["type", "at", "symbol", "isin", "currency", "note"], Others: """{"amount": 10}"""),
        new(HttpMethod.Put, "/portfolio/settings", ["currency", "time_zone"], Others: """{"long_term_months": 12, "year_starts_in": 4}"""),
    ];

    public override string ToString() => $"{Method} {Path}";

    /// <summary>A body that the endpoint takes from <paramref name="admin"/>.</summary>
    public JsonObject Body(Person admin)
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
        foreach (var field in Texts)
            body[field] = values[field];
        return body;
    }

    /// <summary>The path with what it names, which it makes where need be.</summary>
    public async Task<string> PathAsync(Person admin)
    {
        var path = Path.Replace("{id}", admin.Id.ToString());
        foreach (var (name, list) in new[] { ("{lot}", "/parking-lots"), ("{run}", "/trains") })
        {
            if (!path.Contains(name, StringComparison.Ordinal))
                continue;
            var maker = All.Single(endpoint => endpoint.Path == list);
            path = path.Replace(name, (await admin.PostAsync(maker.Path, maker.Body(admin).ToJsonString())).Is(201).Text("id"));
        }

        return path;
    }
}
