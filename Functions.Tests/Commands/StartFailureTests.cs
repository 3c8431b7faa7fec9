using System.Security.Cryptography;
using FunctionsApp.Functions.Tests.Servers;
using Npgsql;

namespace FunctionsApp.Functions.Tests.Commands;

/// <summary>A failed start prints one line with the reason and the setting to change, and exits with 1.</summary>
[OwnServer]
public sealed class StartFailureTests(TestServers servers)
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ASPNETCORE_URLS", "nonsense", "http://localhost:8890")]
    [InlineData("ASPNETCORE_URLS", "http://127.0.0.1:99999", "http://localhost:8890")]
    [InlineData("ASPNETCORE_URLS", "ftp://127.0.0.1:80", "http://localhost:8890")]
    [InlineData("ASPNETCORE_URLS", "http://127.0.0.1:0/path", "without a path")]
    [InlineData("ASPNETCORE_URLS", "https://127.0.0.1:0", "certificate")]
    [InlineData("ASPNETCORE_URLS", "http://192.0.2.1:8890", "address of this machine")]
    [InlineData("Database__MigrateOnStart", "yes", "true or false")]
    [InlineData("Logging__LogLevel__Default", "Loud", "Warning")]
    [InlineData("Logging__Console__LogLevel__Default", "7", "Warning")]
    [InlineData("Shutdown__DrainSeconds", "x", "a number")]
    [InlineData("Shutdown__DrainSeconds", "-1", "0 seconds or more")]
    [InlineData("Shutdown__DrainSeconds", "NaN", "0 seconds or more")]
    [InlineData("Shutdown__TimeoutSeconds", "0", "more than 0")]
    [InlineData("Accounts__RefreshGrace", "10", "00:00:30")]
    [InlineData("Accounts__RefreshGrace", "soon", "00:00:30")]
    [InlineData("Accounts__HashingThreads", "many", "a whole number")]
    [InlineData("Accounts__AccountFailures__Capacity", "0", "1 or more")]
    [InlineData("Accounts__AccountFailures__Leak", "often", "00:00:30")]
    [InlineData("Accounts__SigningKeys", "a key", "Accounts__SigningKeys__0")]
    [InlineData("Trains__WaitlistLimit", "10001", "0 to 10000")]
    [InlineData("Metrics__Port", "65536", "1 to 65535")]
    [InlineData("Http__TrustedProxies", "everywhere", "10.0.0.0/8")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector", "http://localhost:4318")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http", "http/protobuf")]
    public async Task An_invalid_setting_is_named_with_its_accepted_values(string setting, string value, string accepted)
    {
        var (code, output) = await FunctionsProcess.RunAsync([], Settings("Host=127.0.0.1;Port=1", (setting, value)));

        FailsInALine(code, output, setting, accepted);
    }

    [Theory]
    [InlineData("TZDIR", "/nonexistent", "tzdata")]
    [InlineData("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1", "libicu")]
    public async Task A_system_without_time_zones_or_Unicode_data_is_refused(string variable, string value, string package)
    {
        foreach (var command in new[] { Array.Empty<string>(), ["migrate"] })
        {
            var (code, output) = await FunctionsProcess.RunAsync(command, Settings("Host=127.0.0.1;Port=1", (variable, value)));

            FailsInALine(code, output, package, "is missing");
        }
    }

    [Fact]
    public async Task A_secret_that_cannot_decrypt_the_keys_is_reported()
    {
        var database = await CreateDatabaseWithKeysAsync();

        var (code, output) = await FunctionsProcess.RunAsync(
            [],
            Settings(database, ("Accounts__KeyEncryptionSecret", "quite another secret of the same length"))
        );

        FailsInALine(code, output, "Accounts__KeyEncryptionSecret");
    }

    [Fact]
    public async Task An_invalid_signing_key_is_reported()
    {
        using var small = RSA.Create(1024);
        foreach (var key in new[] { "nonsense", small.ExportPkcs8PrivateKeyPem() })
        {
            var (code, output) = await FunctionsProcess.RunAsync(
                [],
                Settings(await servers.CreateDatabaseAsync(), ("Accounts__SigningKeys__0", key))
            );

            FailsInALine(code, output, "Accounts__SigningKeys__0", "PEM");
        }
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task A_wrong_password_or_database_is_reported_without_the_password(string migrate)
    {
        var right = new NpgsqlConnectionStringBuilder(await servers.CreateDatabaseAsync());
        var wrong = new[]
        {
            new NpgsqlConnectionStringBuilder(right.ConnectionString) { Password = "not-the-right-one" },
            new NpgsqlConnectionStringBuilder(right.ConnectionString) { Database = "no_such_database" },
            new NpgsqlConnectionStringBuilder(right.ConnectionString)
            {
                Host = $"127.0.0.1:1,{right.Host}:{right.Port}",
                Password = "not-the-right-one",
            },
        };
        foreach (var one in wrong)
        {
            var (code, output) = await FunctionsProcess.RunAsync([], Settings(one.ConnectionString, ("Database__MigrateOnStart", migrate)));

            FailsInALine(code, output, "ConnectionStrings__Postgres");
            Assert.DoesNotContain(one.Password!, output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Host=db,db:x", "port")]
    [InlineData("Host=db,,db", "empty")]
    [InlineData("Host=db,db;Target Session Attributes=standby", "primary")]
    public async Task Wrong_servers_in_the_connection_string_are_reported(string connectionString, string reason)
    {
        var (code, output) = await FunctionsProcess.RunAsync([], Settings($"{connectionString};Username=app;Password=not-to-be-shown"));

        FailsInALine(code, output, "ConnectionStrings__Postgres", reason);
        Assert.DoesNotContain("not-to-be-shown", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_whose_database_has_a_wrong_host_name_waits_for_it_and_reports_why_without_the_password()
    {
        await using var server = await TestServer.StartAsync("Host=no-such-host.invalid;Username=app;Password=not-to-be-shown");

        (await server.Api.GetAsync("/healthz")).Is(200);
        (await server.Api.GetAsync("/readyz")).IsProblem(503);
        await server.Process.WaitForLineAsync(
            line => line.Contains("The database is unavailable", StringComparison.Ordinal) ? line : null,
            Cancel
        );
        Assert.DoesNotContain("not-to-be-shown", server.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unwritable_folder_is_reported()
    {
        var file = Path.GetTempFileName();
        try
        {
            var settings = new Dictionary<string, string>
            {
                ["DOTNET_ENVIRONMENT"] = "Development",
                ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
                ["Local__Folder"] = Path.Combine(file, "below"),
            };

            var (code, output) = await FunctionsProcess.RunAsync([], settings);

            FailsInALine(code, output, "Local__Folder");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task An_unwritable_document_is_reported()
    {
        var (code, output) = await FunctionsProcess.RunAsync(["openapi", "/nonexistent/x.json"], TestServer.Settings(""));

        FailsInALine(code, output, "/nonexistent/x.json", "folder that exists");
    }

    [Fact]
    public async Task An_unknown_setting_causes_a_warning()
    {
        await using var server = await servers.StartAsync(
            ("Accounts__Colour", "blue"),
            ("Accounts__AccountFailures__Leek", "00:00:30"),
            ("Trains__WaitlistLimit__0", "1")
        );

        foreach (var name in new[] { "Accounts__Colour", "Accounts__AccountFailures__Leek", "Trains__WaitlistLimit__0" })
        {
            await server.Process.WaitForLineAsync(
                line => line.Contains($"{name} is not a setting", StringComparison.Ordinal) ? line : null,
                Cancel
            );
        }
    }

    static Dictionary<string, string> Settings(string database, params (string Name, string Value)[] settings)
    {
        var all = TestServer.Settings(database);
        all.Remove("Database__MigrateOnStart");
        foreach (var (name, value) in settings)
            all[name] = value;
        return all;
    }

    async Task<string> CreateDatabaseWithKeysAsync()
    {
        var database = await servers.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(database);
        await server.Api.ReadyAsync();
        return database;
    }

    static void FailsInALine(int code, string output, params string[] expected)
    {
        Assert.True(code == 1, $"Exit code {code}:\n{output}");
        var error = Assert.Single(output.Split('\n'), line => line.StartsWith("error: ", StringComparison.Ordinal));
        Assert.All(expected, text => Assert.Contains(text, error, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.EndsWith(error, output.TrimEnd(), StringComparison.Ordinal);
    }
}
