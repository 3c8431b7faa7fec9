using System.Text.Json;
using FunctionsApp.Functions.Tests.Servers;
using Npgsql;

namespace FunctionsApp.Functions.Tests.Operations;

[OwnServer]
public sealed class LogTests(TestServers servers)
{
    const string Secret = "kept-to-ourselves-0123456789-abcdefgh",
        WrongPassword = "wr0ng-and-n0t-t0-be-l0gged",
        NewPassword = "n3w-and-n0t-t0-be-l0gged";

    [Fact]
    public async Task The_most_verbose_log_contains_no_secrets()
    {
        var database = await servers.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(
            database,
            ("Accounts__KeyEncryptionSecret", Secret),
            ("Logging__LogLevel__Default", "Trace"),
            ("Logging__LogLevel__Microsoft.AspNetCore", "Trace"),
            ("Logging__LogLevel__Npgsql", "Trace")
        );
        await server.Api.ReadyAsync();

        var person = await server.Api.NewPersonAsync(Unique.Email());
        List<string> secrets =
        [
            Secret,
            WrongPassword,
            NewPassword,
            Person.FirstPassword,
            "$2a$",
            "$2b$",
            "PRIVATE KEY",
            new NpgsqlConnectionStringBuilder(database).Password!,
            person.Token,
            person.RefreshToken,
        ];
        (await server.Api.LoginAsync(person.Name, WrongPassword)).IsProblem(401);
        (await server.Api.PostAsync("/login", new { username = person.Name, password = WrongPassword })).IsProblem(401);
        (await server.Api.PostAsync("/login", $$"""{"username": "x", "password": "{{WrongPassword}}", "more": 1}""")).IsProblem(
            400,
            "more"
        );
        (await server.Api.PostAsync("/login", $$"""{"username": "x", "password": "{{WrongPassword}}""")).IsProblem(400);
        (await server.Api.PostAsync("/signup", $$"""{"username": "x", "password": ["{{WrongPassword}}"]}""")).IsProblem(400, "password");
        var used = person.RefreshToken;
        await person.RefreshAsync();
        secrets.AddRange([person.Token, person.RefreshToken]);
        (await person.PutAsync("/users/me/password", new { current_password = Person.FirstPassword, new_password = NewPassword })).Is(204);
        await person.RefreshAsync();
        secrets.AddRange([person.Token, person.RefreshToken]);
        (await server.Api.PostAsync("/token/refresh", new { refresh_token = used })).IsProblem(401);
        (await person.GetAsync("/users/me")).IsProblem(401);
        (await server.Api.GetAsync("/users/me", person.Token[..^3])).IsProblem(401);
        secrets.Add(person.Token[..^3]);
        await person.LoginAsync(NewPassword);
        secrets.AddRange([person.Token, person.RefreshToken]);
        (await person.DeleteAccountAsync(NewPassword)).Is(204);
        server.Process.Stop();
        Assert.Equal(0, await server.Process.EndAsync(TestContext.Current.CancellationToken));

        var log = server.Process.Output;
        Assert.Contains("\"Trace\"", log, StringComparison.Ordinal);
        Assert.Contains("Request starting HTTP/1.1 GET", log, StringComparison.Ordinal);
        Assert.Contains("select user_id from identifiers", log, StringComparison.Ordinal);
        // The signature of a token is a secret too.
        secrets.AddRange(
            secrets.Where(secret => secret.StartsWith("eyJ", StringComparison.Ordinal)).Select(token => token.Split('.')[2]).ToList()
        );
        Assert.All(
            secrets,
            secret =>
                Assert.False(Finds(log, secret), $"The log holds {secret}: {log.Split('\n').FirstOrDefault(line => Finds(line, secret))}")
        );
    }

    [Fact]
    public async Task Each_line_is_JSON_and_lines_of_a_request_contain_its_trace_id()
    {
        await using var server = await servers.StartAsync(
            ("Logging__LogLevel__Default", "Debug"),
            ("Logging__LogLevel__Microsoft.AspNetCore", "Information")
        );
        var traceId = Guid.NewGuid().ToString("N");

        var problem = (
            await server.Api.SendAsync(HttpMethod.Get, "/nothing", null, null, ("traceparent", $"00-{traceId}-{traceId[..16]}-01"))
        ).IsProblem(404);

        Assert.Equal(traceId, problem.Text("trace_id"));
        await server.Process.WaitForLineAsync(
            line => line.Contains(traceId, StringComparison.Ordinal) ? line : null,
            TestContext.Current.CancellationToken
        );
        foreach (var line in server.Process.Output.Split('\n'))
        {
            var entry = JsonElement.Parse(line);
            Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", entry.GetProperty("Timestamp").GetString());
            Assert.NotEmpty(entry.GetProperty("Message").GetString()!);
            Assert.NotEmpty(entry.GetProperty("LogLevel").GetString()!);
        }
    }

    static bool Finds(string log, string secret) =>
        log.Contains(secret, StringComparison.Ordinal) || log.Contains(JsonEncodedText.Encode(secret).ToString(), StringComparison.Ordinal);
}
