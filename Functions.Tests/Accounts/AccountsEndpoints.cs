using FunctionsApp.Functions.Tests.Conventions;

namespace FunctionsApp.Functions.Tests.Accounts;

public sealed class AccountsEndpoints : IEndpoints
{
    public IEnumerable<Endpoint> Endpoints =>
        [
            new(HttpMethod.Post, "/signup", ["username", "password", "email"]),
            new(HttpMethod.Post, "/login", ["username", "password", "grant_type", "scope", "client_id", "client_secret"], TakesForms: true),
            new(HttpMethod.Post, "/token/refresh", ["refresh_token", "grant_type"], TakesForms: true),
            new(HttpMethod.Patch, "/users/me", ["username", "email", "current_password"]),
            new(HttpMethod.Delete, "/users/me", ["current_password"]),
            new(HttpMethod.Put, "/users/me/password", ["current_password", "new_password"]),
            new(HttpMethod.Post, "/users", ["username", "password", "email"]),
            new(HttpMethod.Patch, "/users/{id}", ["username", "email"]),
        ];
}
