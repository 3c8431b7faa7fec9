using System.Net;
using System.Net.Sockets;
using FunctionsApp.Functions.Tests.Servers;
using Npgsql;

namespace FunctionsApp.Functions.Tests.Commands;

[OwnServer]
public sealed class CommandTests(TestServers servers)
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Migrate_applies_migrations_once()
    {
        var database = await servers.CreateEmptyDatabaseAsync();

        var first = await FunctionsProcess.RunAsync(["migrate"], TestServer.Settings(database));
        var second = await FunctionsProcess.RunAsync(["migrate"], TestServer.Settings(database));

        Assert.Equal(0, first.ExitCode);
        Assert.Contains("0001_accounts.sql", first.Output, StringComparison.Ordinal);
        Assert.Equal(0, second.ExitCode);
        Assert.Contains("up to date", second.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("0001_accounts.sql", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ten_concurrent_migrate_commands_succeed()
    {
        var database = await servers.CreateEmptyDatabaseAsync();

        var runs = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => FunctionsProcess.RunAsync(["migrate"], TestServer.Settings(database)))
        );

        Assert.All(runs, run => Assert.True(run.ExitCode == 0, run.Output));
        Assert.Single(runs, run => run.Output.Contains("Applied ", StringComparison.Ordinal));
        Assert.Equal(9, runs.Count(run => run.Output.Contains("up to date", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Promote_makes_an_administrator()
    {
        var database = await servers.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(database);
        await server.Api.ReadyAsync();
        var person = await server.Api.NewPersonAsync();
        (await person.GetAsync("/users")).IsProblem(403);

        var run = await FunctionsProcess.RunAsync(["users", "promote", person.Name.ToUpperInvariant()], TestServer.Settings(database));

        Assert.Equal(0, run.ExitCode);
        Assert.Contains(person.Name, run.Output, StringComparison.Ordinal);
        await person.RefreshAsync();
        (await person.GetAsync("/users")).Is(200);
    }

    [Fact]
    public async Task Promoting_an_unknown_user_fails_with_an_error_of_one_line()
    {
        var database = await servers.CreateDatabaseAsync();

        var run = await FunctionsProcess.RunAsync(["users", "promote", "nobody"], TestServer.Settings(database));

        FailsInALine(run, "no such user");
    }

    [Fact]
    public async Task Users_are_demoted_disabled_and_enabled_by_name()
    {
        var database = await servers.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(database);
        await server.Api.ReadyAsync();
        var (admin, person) = (await server.Api.NewAdminAsync(), await server.Api.NewPersonAsync());
        var settings = TestServer.Settings(database);

        FailsInALine(await FunctionsProcess.RunAsync(["users", "demote", admin.Name], settings), "last administrator");
        Says(await FunctionsProcess.RunAsync(["users", "demote", person.Name], settings), person.Name, "already");
        Says(await FunctionsProcess.RunAsync(["users", "promote", person.Name], settings), person.Name, "is an administrator.");
        Says(await FunctionsProcess.RunAsync(["users", "demote", admin.Name.ToUpperInvariant()], settings), admin.Name, "ordinary user");
        (await server.Api.PostAsync("/token/refresh", new { refresh_token = admin.RefreshToken })).IsProblem(401);

        Says(await FunctionsProcess.RunAsync(["users", "disable", admin.Name], settings), admin.Name, "disabled");
        (await server.Api.LoginAsync(admin.Name, Person.FirstPassword)).IsProblem(401);
        Says(await FunctionsProcess.RunAsync(["users", "enable", admin.Name], settings), admin.Name, "enabled");
        Says(await FunctionsProcess.RunAsync(["users", "enable", admin.Name], settings), admin.Name, "Nothing was changed");
        await admin.LoginAsync();
    }

    [Fact]
    public async Task Resetting_a_password_prints_the_new_one()
    {
        var database = await servers.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(database);
        await server.Api.ReadyAsync();
        var person = await server.Api.NewPersonAsync();

        var run = await FunctionsProcess.RunAsync(["users", "reset-password", person.Name], TestServer.Settings(database));

        Says(run, person.Name, "The new password");
        (await server.Api.PostAsync("/token/refresh", new { refresh_token = person.RefreshToken })).IsProblem(401);
        (await server.Api.LoginAsync(person.Name, Person.FirstPassword)).IsProblem(401);
        await person.LoginAsync(
            run.Output.Split('\n').First(line => line.StartsWith("The new password", StringComparison.Ordinal)).Trim().Split(' ')[^1]
        );
    }

    [Theory]
    [InlineData("demote")]
    [InlineData("disable")]
    [InlineData("enable")]
    [InlineData("reset-password")]
    public async Task An_unknown_user_is_named_in_the_error(string command)
    {
        var database = await servers.CreateDatabaseAsync();

        FailsInALine(await FunctionsProcess.RunAsync(["users", command, "unknown-user"], TestServer.Settings(database)), "'unknown-user'");
    }

    [Fact]
    public async Task Before_migrating_other_commands_ask_for_it()
    {
        var database = await servers.CreateEmptyDatabaseAsync();

        FailsInALine(await FunctionsProcess.RunAsync(["users", "promote", "nobody"], TestServer.Settings(database)), "migrate");
        FailsInALine(await FunctionsProcess.RunAsync(["keys", "rotate"], TestServer.Settings(database)), "migrate");
    }

    [Fact]
    public async Task Keys_rotate_prints_the_new_key()
    {
        var database = await servers.CreateDatabaseAsync();

        var run = await FunctionsProcess.RunAsync(["keys", "rotate"], TestServer.Settings(database));

        Assert.Equal(0, run.ExitCode);
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand("select kid from keys where signs_from > now()");
        Assert.Contains((string)(await command.ExecuteScalarAsync(Cancel))!, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configured_keys_are_not_rotated()
    {
        using var key = System.Security.Cryptography.RSA.Create(2048);
        var database = await servers.CreateDatabaseAsync();

        FailsInALine(
            await FunctionsProcess.RunAsync(
                ["keys", "rotate"],
                TestServer.Settings(database, ("Accounts__SigningKeys__0", key.ExportPkcs8PrivateKeyPem()))
            ),
            "Accounts__SigningKeys__0"
        );
    }

    [Theory]
    [InlineData]
    [InlineData("migrate")]
    [InlineData("keys", "rotate")]
    public async Task A_missing_connection_string_in_production_is_named_in_the_error(params string[] command)
    {
        var settings = TestServer.Settings("");

        FailsInALine(await FunctionsProcess.RunAsync(command, settings), "ConnectionStrings__Postgres");
    }

    [Fact]
    public async Task A_rotation_with_a_different_secret_fails_and_changes_nothing()
    {
        var database = await servers.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(database);
        await server.Api.ReadyAsync();
        var settings = TestServer.Settings(database, ("Accounts__KeyEncryptionSecret", "quite another secret of the same length"));
        string[][] commands =
        [
            ["keys", "rotate"],
            ["keys", "rotate", "ticket-codes"],
            ["keys", "rotate", "--compromised"],
        ];

        foreach (var command in commands)
            FailsInALine(await FunctionsProcess.RunAsync(command, settings), "another secret");

        Assert.Equal(3L, await server.Api.ReadAsync<long>("select count(*) from keys where revoked_at is null"));
        await server.Api.NewPersonAsync();
    }

    [Fact]
    public async Task A_lost_secret_is_replaced_with_new_keys()
    {
        var database = await servers.CreateDatabaseAsync();
        await using (var server = await TestServer.StartAsync(database))
            await server.Api.ReadyAsync();
        var settings = TestServer.Settings(database, ("Accounts__KeyEncryptionSecret", "quite another secret of the same length"));

        var run = await FunctionsProcess.RunAsync(["keys", "rotate", "--secret-lost"], settings);

        Assert.True(run.ExitCode == 0, run.Output);
        await using var after = await TestServer.StartAsync(
            database,
            ("Accounts__KeyEncryptionSecret", settings["Accounts__KeyEncryptionSecret"])
        );
        await after.Api.ReadyAsync();
        await after.Api.NewPersonAsync();
    }

    [Fact]
    public async Task Commands_that_do_not_sign_need_no_secret()
    {
        var settings = TestServer.Settings(await servers.CreateEmptyDatabaseAsync(), ("Accounts__KeyEncryptionSecret", ""));

        Assert.Equal(0, (await FunctionsProcess.RunAsync(["migrate"], settings)).ExitCode);
        FailsInALine(await FunctionsProcess.RunAsync(["users", "promote", "nobody"], settings), "no such user");
        FailsInALine(await FunctionsProcess.RunAsync(["import", "prices", "no-such-file.csv"], settings), "no such file");
    }

    [Theory]
    [InlineData]
    [InlineData("keys", "rotate")]
    public async Task The_sample_secret_is_refused_in_production(params string[] command)
    {
        var settings = TestServer.Settings(
            await servers.CreateDatabaseAsync(),
            ("Accounts__KeyEncryptionSecret", "make-one-with-openssl-rand-base64-32")
        );

        FailsInALine(await FunctionsProcess.RunAsync(command, settings), "sample");
    }

    [Theory]
    [InlineData("00:00:00")]
    [InlineData("00:00:05")]
    public async Task A_refresh_grace_shorter_than_a_request_is_refused(string grace) =>
        FailsInALine(
            await FunctionsProcess.RunAsync(
                [],
                TestServer.Settings(await servers.CreateDatabaseAsync(), ("Accounts__RefreshGrace", grace))
            ),
            "Accounts__RefreshGrace"
        );

    [Theory]
    [InlineData]
    [InlineData("keys", "rotate")]
    public async Task A_missing_secret_in_production_is_named_in_the_error(params string[] command)
    {
        var settings = TestServer.Settings(await servers.CreateDatabaseAsync(), ("Accounts__KeyEncryptionSecret", ""));

        FailsInALine(await FunctionsProcess.RunAsync(command, settings), "Accounts__KeyEncryptionSecret");
    }

    [Fact]
    public async Task A_too_short_secret_is_refused()
    {
        var settings = TestServer.Settings(await servers.CreateDatabaseAsync(), ("Accounts__KeyEncryptionSecret", "short"));

        FailsInALine(await FunctionsProcess.RunAsync([], settings), "Accounts__KeyEncryptionSecret");
    }

    [Fact]
    public async Task An_invalid_signing_key_is_refused()
    {
        var settings = TestServer.Settings(await servers.CreateDatabaseAsync(), ("Accounts__SigningKeys__0", "nonsense"));

        FailsInALine(await FunctionsProcess.RunAsync([], settings), "Accounts__SigningKeys__0");
    }

    [Fact]
    public async Task A_secret_that_cannot_decrypt_the_keys_is_reported()
    {
        var database = await servers.CreateDatabaseAsync();
        await using (var server = await TestServer.StartAsync(database))
            await server.Api.ReadyAsync();

        FailsInALine(
            await FunctionsProcess.RunAsync(
                [],
                TestServer.Settings(database, ("Accounts__KeyEncryptionSecret", "quite another secret of the same length"))
            ),
            "Accounts__KeyEncryptionSecret"
        );
    }

    [Fact]
    public async Task A_port_in_use_is_reported_with_the_fix()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var settings = TestServer.Settings(
            await servers.CreateDatabaseAsync(),
            ("ASPNETCORE_URLS", $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}")
        );

        FailsInALine(await FunctionsProcess.RunAsync([], settings), "ASPNETCORE_URLS");
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("Host=localhost;Colour=blue")]
    [InlineData("Host=localhost;Port=many")]
    public async Task An_invalid_connection_string_is_reported(string connectionString)
    {
        FailsInALine(await FunctionsProcess.RunAsync(["migrate"], TestServer.Settings(connectionString)), "ConnectionStrings__Postgres");
        FailsInALine(await FunctionsProcess.RunAsync([], TestServer.Settings(connectionString)), "ConnectionStrings__Postgres");
    }

    [Fact]
    public async Task A_refusing_or_missing_database_is_reported_without_the_password()
    {
        var right = new NpgsqlConnectionStringBuilder(await servers.CreateDatabaseAsync());
        var wrongPassword = new NpgsqlConnectionStringBuilder(right.ConnectionString) { Password = "not-the-right-one" }.ConnectionString;
        var wrongDatabase = new NpgsqlConnectionStringBuilder(right.ConnectionString) { Database = "no_such_database" }.ConnectionString;
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        var wrongPort = new NpgsqlConnectionStringBuilder(right.ConnectionString) { Port = port }.ConnectionString;

        foreach (var wrong in new[] { wrongPassword, wrongDatabase, wrongPort })
        {
            var run = await FunctionsProcess.RunAsync(["migrate"], TestServer.Settings(wrong));
            FailsInALine(run, "ConnectionStrings__Postgres");
            Assert.DoesNotContain("not-the-right-one", run.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(right.Password!, run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_invalid_proxy_network_is_refused()
    {
        FailsInALine(
            await FunctionsProcess.RunAsync(
                [],
                TestServer.Settings(await servers.CreateDatabaseAsync(), ("Http__TrustedProxies", "10.0.0.0/8, everywhere"))
            ),
            "Http__TrustedProxies"
        );
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("users", "promote")]
    [InlineData("keys")]
    public async Task An_unknown_command_fails_and_shows_usage(params string[] command)
    {
        var run = await FunctionsProcess.RunAsync(command, TestServer.Settings("Host=nowhere"));

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("Usage:", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_lists_the_commands()
    {
        var run = await FunctionsProcess.RunAsync(["--help"], TestServer.Settings(""));

        Assert.Equal(0, run.ExitCode);
        Assert.All(
            ["migrate", "keys", "users", "import", "smoke", "health", "openapi"],
            command => Assert.Contains(command, run.Output, StringComparison.Ordinal)
        );
    }

    static void Says((int ExitCode, string Output) run, params string[] texts)
    {
        Assert.True(run.ExitCode == 0, run.Output);
        Assert.All(texts, text => Assert.Contains(text, run.Output, StringComparison.Ordinal));
    }

    static void FailsInALine((int ExitCode, string Output) run, string expected)
    {
        Assert.True(run.ExitCode == 1, $"Exit code {run.ExitCode}:\n{run.Output}");
        var error = Assert.Single(run.Output.Split('\n'), line => line.StartsWith("error: ", StringComparison.Ordinal));
        Assert.Contains(expected, error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", run.Output, StringComparison.Ordinal);
    }
}
