using System.Net;
using System.Net.Sockets;
using FunctionsApp.Core.Tests.Database;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Faults;

/// <summary>SIGTERM stops the process gracefully at any time, even during startup.</summary>
[OwnServer]
public sealed class StopDuringStartTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("false")]
    [InlineData("true")]
    [Fault("SIGTERM while the first connection hangs", "", "exit code 0")]
    public async Task Stop_works_while_the_database_accepts_but_never_responds(string migrate)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var connection = $"Host=127.0.0.1;Port={((IPEndPoint)silent.LocalEndpoint).Port};Username=u;Password=p;Database=d;Timeout=600";
        await using var process = FunctionsProcess.Start(
            [],
            TestServer.Settings(
                connection,
                ("Database__MigrateOnStart", migrate),
                ("Shutdown__TimeoutSeconds", "3"),
                ("Accounts__RefreshGrace", "00:20:00")
            )
        );
        // Without migrations, the first connection is opened before there is a host that handles signals.
        var opening = silent.AcceptTcpClientAsync(Cancel).AsTask();
        if (await Task.WhenAny(opening, process.EndAsync(Cancel)) != opening)
            Assert.Fail($"The process ended before it opened a connection:\n{process.Output}");
        using var opened = await opening;

        process.Stop();

        Assert.Equal(0, await process.EndAsync(Cancel));
        Assert.DoesNotContain("   at ", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_works_while_the_private_Postgres_is_created()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        var folder = Directory.CreateTempSubdirectory("functionsapp-stop-");
        try
        {
            var settings = new Dictionary<string, string>
            {
                ["DOTNET_ENVIRONMENT"] = "Development",
                ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
                ["Local__Folder"] = Path.Combine(folder.FullName, "local"),
                ["Local__Postgres"] = PostgresFixture.Source(Environment.GetEnvironmentVariable("FUNCTIONSAPP_TEST_POSTGRES")).ToString(),
            };
            await using var process = FunctionsProcess.Start([], settings);
            await process.WaitForLineAsync(line => line.Contains("Creating a Postgres", StringComparison.Ordinal) ? line : null, Cancel);

            process.Stop();

            Assert.Equal(0, await process.EndAsync(Cancel));
            Assert.Empty(folder.GetFiles("postmaster.pid", SearchOption.AllDirectories));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
