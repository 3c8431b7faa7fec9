using FunctionsApp.Core.Tests.Database;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Faults;

[OwnServer]
public sealed class ExhaustedPoolTests(TestServers servers)
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Fault("all connections for requests held for long", "503; `/readyz` 503; `/healthz` 200; sign-in and refresh work", "ready")]
    public async Task With_an_exhausted_pool_the_server_is_not_ready_but_alive_and_login_works()
    {
        await using var server = await servers.StartAsync();
        var people = new List<Person>();
        for (var i = 0; i < 4; i++)
            people.Add(await server.Api.NewPersonAsync());
        await using var held = await TableLock.TakeAsync(server.Api.Database, "train_tickets");
        using var over = new CancellationTokenSource();
        var readers = Enumerable
            .Range(0, 40)
            .Select(i =>
                Task.Run(
                    async () =>
                    {
                        while (!over.IsCancellationRequested)
                        {
                            var response = await people[i % people.Count].GetAsync("/tickets");
                            if (!over.IsCancellationRequested)
                                response.IsProblem(503);
                        }
                    },
                    Cancel
                )
            )
            .ToList();

        var notReady = await server.Api.PollAsync("/readyz", response => (int)response.Status == 503);
        Assert.Contains("connections have been in use", notReady.IsProblem(503).Text("detail"), StringComparison.Ordinal);
        (await server.Api.GetAsync("/healthz")).Is(200);
        await people[0].LoginAsync();
        await people[1].RefreshAsync();

        await over.CancelAsync();
        await held.ReleaseAsync();
        await Task.WhenAll(readers);
        await server.Api.ReadyAsync();
        (await people[0].GetAsync("/tickets")).Is(200);

        // Logged once when it starts and once when it ends, and not as a failed request for each probe.
        await server.Process.WaitForLineAsync(
            line => line.Contains("Ready for requests again", StringComparison.Ordinal) ? line : null,
            Cancel
        );
        Assert.Single(
            server.Process.Output.Split('\n'),
            line => line.Contains("Not ready for requests: All database connections", StringComparison.Ordinal)
        );
        Assert.DoesNotContain("GET /readyz 503", server.Process.Output, StringComparison.Ordinal);
    }
}
