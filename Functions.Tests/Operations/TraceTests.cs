using System.Collections.Concurrent;
using System.Text;
using FunctionsApp.Functions.Tests.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FunctionsApp.Functions.Tests.Operations;

[OwnServer]
public sealed class TraceTests(TestServers servers)
{
    [Fact]
    public async Task Traces_are_sent_to_the_configured_collector_without_secrets()
    {
        await using var collector = await Collector.StartAsync();
        var database = await servers.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(
            database,
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_BSP_SCHEDULE_DELAY", "100")
        );
        await server.Api.ReadyAsync();
        var person = await server.Api.NewPersonAsync();
        (await server.Api.LoginAsync(person.Name, "n0t-the-right-0ne")).IsProblem(401);
        var traceId = Guid.NewGuid();
        (
            await server.Api.SendAsync(
                HttpMethod.Get,
                "/users/me",
                person.Token,
                null,
                ("traceparent", $"00-{traceId:N}-{traceId.ToString("N")[..16]}-01")
            )
        ).Is(200);

        await collector.WaitForAsync(Convert.FromHexString(traceId.ToString("N")), TestContext.Current.CancellationToken);
        server.Process.Stop();
        Assert.Equal(0, await server.Process.EndAsync(TestContext.Current.CancellationToken));

        Assert.All(collector.Paths, path => Assert.Equal("/v1/traces", path));
        foreach (
            var expected in new[]
            {
                "functionsapp",
                "http.route",
                "http.response.status_code",
                "GET users/me",
                "postgresql",
                "select id, username",
            }
        )
            Assert.True(collector.Holds(Encoding.UTF8.GetBytes(expected)), $"No trace contains '{expected}'.");
        foreach (
            var secret in new[]
            {
                Person.FirstPassword,
                "n0t-the-right-0ne",
                person.Token,
                person.RefreshToken,
                person.Token.Split('.')[2],
                "$2a$",
                new NpgsqlConnectionStringBuilder(database).Password!,
            }
        )
        {
            Assert.False(collector.Holds(Encoding.UTF8.GetBytes(secret)), $"A trace holds '{secret}'.");
        }
    }

    [Fact]
    public async Task Without_an_endpoint_nothing_is_exported()
    {
        // The exporter's default endpoint.
        await using var server = await servers.StartAsync(
            ("Logging__LogLevel__Default", "Trace"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_BSP_SCHEDULE_DELAY", "50")
        );
        await server.Api.NewPersonAsync();
        server.Process.Stop();
        Assert.Equal(0, await server.Process.EndAsync(TestContext.Current.CancellationToken));

        Assert.DoesNotContain("4318", server.Process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("4317", server.Process.Output, StringComparison.Ordinal);
    }

    /// <summary>Receives data over OTLP.</summary>
    sealed class Collector : IAsyncDisposable
    {
        readonly ConcurrentQueue<(string Path, byte[] Body)> received = [];
        readonly WebApplication app;
        TaskCompletionSource more = new(TaskCreationOptions.RunContinuationsAsynchronously);

        Collector(WebApplication app) => this.app = app;

        public string Address => app.Urls.First();

        public IEnumerable<string> Paths => received.Select(one => one.Path);

        public static async Task<Collector> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var collector = new Collector(builder.Build());
            collector.app.Run(async context =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                collector.received.Enqueue((context.Request.Path, body.ToArray()));
                Interlocked.Exchange(ref collector.more, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
            });
            await collector.app.StartAsync(TestContext.Current.CancellationToken);
            return collector;
        }

        public bool Holds(byte[] bytes) => received.Any(one => one.Body.AsSpan().IndexOf(bytes) >= 0);

        public async Task WaitForAsync(byte[] bytes, CancellationToken cancellationToken)
        {
            while (true)
            {
                var next = Volatile.Read(ref more).Task;
                if (Holds(bytes))
                    return;
                await next.WaitAsync(TimeSpan.FromSeconds(60), cancellationToken);
            }
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
