using System.Text.Json.Nodes;
using Functions.Tests.Servers;

namespace Functions.Tests.Conventions;

/// <summary>An endpoint that takes a JSON body, and a body that it would take.</summary>
/// <param name="Texts">The names of its fields that are texts.</param>
/// <param name="TakesForms">Whether it takes a form too.</param>
public sealed record Endpoint(HttpMethod Method, string Path, string[] Texts, bool TakesForms = false)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Endpoint> All { get; } =
    [
        new(HttpMethod.Post, "/signup", ["username", "password", "email"]),
        new(HttpMethod.Post, "/login", ["username", "password", "grant_type", "scope", "client_id", "client_secret"], TakesForms: true),
        new(HttpMethod.Post, "/token/refresh", ["refresh_token"]),
        new(HttpMethod.Patch, "/users/me", ["username", "email"]),
        new(HttpMethod.Put, "/users/me/password", ["current_password", "new_password"]),
        new(HttpMethod.Post, "/users", ["username", "password", "email"]),
        new(HttpMethod.Patch, "/users/{id}", ["username", "email"]),
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
            ["grant_type"] = "password",
            ["scope"] = "",
            ["client_id"] = "",
            ["client_secret"] = "",
            ["refresh_token"] = admin.RefreshToken,
            ["current_password"] = Person.FirstPassword,
            ["new_password"] = "staple of the realm",
        };
        return new(Texts.Select(field => KeyValuePair.Create(field, (JsonNode?)values[field])));
    }

    public Task<Answer> SendAsync(Api api, Person admin, HttpContent content) => api.SendAsync(Method, Path.Replace("{id}", admin.Id.ToString()), admin.Token, content);
}
