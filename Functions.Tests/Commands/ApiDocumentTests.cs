using System.Text.Json;
using FunctionsApp.Core.Background;
using FunctionsApp.Functions.Hosting;
using FunctionsApp.Functions.Tests.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace FunctionsApp.Functions.Tests.Commands;

public sealed class ApiDocumentTests(TestServers servers)
{
    [Fact]
    public async Task The_committed_document_matches_the_code()
    {
        var file = Path.Combine(Repository.Root, "docs", "openapi.json");
        await using var openapi = FunctionsProcess.Start(["openapi"], TestServer.Settings(""));
        Assert.Equal(0, await openapi.EndAsync(TestContext.Current.CancellationToken));

        var committed = File.Exists(file) ? await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken) : "";

        Assert.True(
            committed.ReplaceLineEndings("\n").Trim() == openapi.Output.Trim(),
            "docs/openapi.json is not up to date. Renew it: dotnet run --project Functions -- openapi docs/openapi.json"
        );
    }

    [Fact]
    public async Task Building_the_pipeline_starts_no_background_work()
    {
        var work = new CountingWork();
        var counting = new Core.Module("Counting", (services, _) => services.AddSingleton<IBackgroundWork>(work));
        await using var database = new AppDatabase { ConnectionString = "Host=nowhere.invalid", MigrateOnStart = false };
        await using var services = AppBuilder.Create(database, counting).Services.BuildServiceProvider();
        var app = new ApplicationBuilder(services);

        app.UseFunctionsApp();
        app.Build();

        Assert.Equal(0, work.Starts);
        // Only a host starts it.
        services.GetRequiredService<Background>().StartEarly();
        await work.Started.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, work.Starts);
    }

    [Fact]
    public async Task The_served_document_matches_the_committed_one()
    {
        var api = await servers.SharedAsync();

        var served = (await api.GetAsync("/openapi.json")).Is(200).Json;

        Assert.True(
            JsonElement.DeepEquals(
                JsonElement.Parse(
                    await File.ReadAllTextAsync(
                        Path.Combine(Repository.Root, "docs", "openapi.json"),
                        TestContext.Current.CancellationToken
                    )
                ),
                served
            )
        );
    }

    [Fact]
    public void Every_operation_documents_its_errors_and_whether_it_needs_a_token()
    {
        var document = JsonElement.Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs", "openapi.json")));
        string[] open = ["/signup", "/login", "/token/refresh", "/.well-known/jwks.json"];

        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject())
            {
                var what = $"{operation.Name} {path.Name}";
                var statuses = operation.Value.GetProperty("responses").EnumerateObject().Select(response => response.Name).ToList();
                Assert.True(statuses.Contains("503"), what);
                Assert.True(statuses.Exists(status => status.StartsWith('2')), what);
                Assert.True(statuses.Contains("401") || path.Name is "/signup" or "/.well-known/jwks.json", what);
                Assert.Equal(!open.Contains(path.Name), operation.Value.GetProperty("security").GetArrayLength() > 0);
                if (!operation.Value.TryGetProperty("requestBody", out var body))
                    continue;
                Assert.True(statuses.Contains("400") && statuses.Contains("413") && statuses.Contains("415"), what);
                Assert.True(body.GetProperty("content").EnumerateObject().All(one => one.Value.TryGetProperty("schema", out _)), what);
            }
        }

        var flow = document
            .GetProperty("components")
            .GetProperty("securitySchemes")
            .GetProperty("password")
            .GetProperty("flows")
            .GetProperty("password");
        Assert.Equal("/v1/login", flow.GetProperty("tokenUrl").GetString());
    }

    sealed class CountingWork : IBackgroundWork
    {
        public int Starts;

        public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TimeSpan Interval => TimeSpan.FromHours(1);

        public Task StartAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref Starts);
            Started.TrySetResult();
            return Task.CompletedTask;
        }

        public Task RunOnceAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
