using System.Diagnostics;
using FunctionsApp.Core.Tests;
using FunctionsApp.Core.Tests.Database;
using FunctionsApp.Functions.Tests.Servers;
using FunctionsApp.LocalPostgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace FunctionsApp.Functions.Tests.Checker;

/// <summary>
/// Many clients, a server that is killed and a Postgres that crashes, repeatedly; afterwards every response that a client got has to be
/// true. The environment variable
/// <c>FUNCTIONSAPP_CHECK_SECONDS</c> says for how long (60).
/// </summary>
[OwnServer]
public sealed class TicketCheckerTests
{
    const int Clients = 32,
        ResponsesBetweenFaults = 200;

    static readonly TimeSpan Duration = TimeSpan.FromSeconds(
        int.Parse(
            Environment.GetEnvironmentVariable("FUNCTIONSAPP_CHECK_SECONDS") is { Length: > 0 } seconds ? seconds : "60",
            System.Globalization.CultureInfo.InvariantCulture
        )
    );
    static readonly TimeSpan Short = TimeSpan.FromSeconds(4),
        Timeout = TimeSpan.FromSeconds(60),
        Longest = TimeSpan.FromMinutes(5);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kills_and_crashes_lose_no_ticket_and_sell_and_charge_nothing_twice()
    {
        var (wrong, records, faults) = await CheckAsync(Duration, withFaults: true);

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{records.Issued.Count} train tickets, {records.Cancelled.Count} cancelled, {records.Used.Count} used, "
                + $"{records.Parked.Count} parked, {records.Fees.Count} left; "
                + $"{records.Responses} responses, {faults} faults in {Duration.TotalSeconds:0} s."
        );
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(records.AreEnough, "Too little happened for the check to mean something.");
    }

    [Theory]
    // What is left of a free segment before the seat that was taken stays as long as it was: the seat is sold again.
    [InlineData(
        "create function pass() returns trigger language plpgsql as 'begin return null; end'; create trigger broken before update on "
            + "free_segments for each row execute function pass()",
        "holders"
    )]
    // A key is not remembered: a retry buys again.
    [InlineData("drop index train_tickets_key", "different responses")]
    // An exit forgets the spot.
    [InlineData(
        "create function pass() returns trigger language plpgsql as 'begin return null; end'; create trigger broken before update on "
            + "parking_spots for each row when (new.ticket_id is null) execute function pass()",
        "spots"
    )]
    public async Task A_statement_broken_on_purpose_is_detected(string sabotage, string finding)
    {
        var (wrong, _, _) = await CheckAsync(TimeSpan.Zero, withFaults: false, sabotage);

        Assert.Contains(wrong, one => one.Contains(finding, StringComparison.Ordinal));
    }

    // Without faults it ends when enough has happened to find what is wrong.
    static async Task<(IReadOnlyList<string> Wrong, TicketRecords Records, int Faults)> CheckAsync(
        TimeSpan duration,
        bool withFaults,
        string? sabotage = null
    )
    {
        await using var postgres = await LocalPostgresServer.StartTemporaryAsync(
            PostgresFixture.Source(Environment.GetEnvironmentVariable("FUNCTIONSAPP_TEST_POSTGRES")),
            NullLogger.Instance,
            Cancel
        );
        var server = await StartServerAsync("http://127.0.0.1:0");
        try
        {
            await server.Api.ReadyAsync();
            // A commit has to survive a crash here; other tests run without that.
            await server.Api.ExecuteAsync(
                $"do $$ begin execute format('alter database %I set synchronous_commit = on', current_database()); end $$"
            );
            var world = await TicketWorld.MakeAsync(server.Api);
            await server.Api.ExecuteAsync("checkpoint");
            if (sabotage is not null)
                await server.Api.ExecuteAsync(sabotage);
            var address = server.Api.Address;
            await server.DisposeAsync();
            server = await StartServerAsync(address.ToString());

            var records = new TicketRecords();
            using var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(20) };
            using var over = new CancellationTokenSource();
            var clients = Enumerable
                .Range(1, Clients)
                .Select(seed =>
                    Task.Run(
                        () => new TicketClient(http, world, records, seed, sabotage is null ? Timeout : Short).RunAsync(over.Token, Cancel),
                        Cancel
                    )
                )
                .ToList();
            var start = Stopwatch.GetTimestamp();
            var faults = 0;
            // A busy machine needs longer until so much has happened that the check means something.
            while (
                withFaults
                && (Stopwatch.GetElapsedTime(start) < duration || !records.AreEnough && Stopwatch.GetElapsedTime(start) < Longest)
            )
            {
                // A fault hits clients at work, on servers that have recovered from the one before.
                await records.WaitForResponsesAsync(ResponsesBetweenFaults, Timeout, Cancel);
                if (faults++ % 2 == 0)
                {
                    server.Process.Kill();
                    await server.DisposeAsync();
                    server = await StartServerAsync(address.ToString());
                }
                else
                {
                    await postgres.CrashAsync(Cancel);
                    await postgres.StartAgainAsync(Cancel);
                }
            }

            if (!withFaults)
                await Waiting.UntilAsync(
                    "enough has happened",
                    () => Task.FromResult(records.Issued.Count >= 100 && records.Fees.Count >= 5),
                    clients
                );
            await over.CancelAsync();
            await Task.WhenAll(clients);
            return (await TicketVerdict.JudgeAsync(server.Api.Database, records, Cancel), records, faults);
        }
        finally
        {
            await server.DisposeAsync();
        }

        Task<TestServer> StartServerAsync(string url) =>
            TestServer.StartAsync(postgres.ConnectionString, ("ASPNETCORE_URLS", url), ("Accounts__AccessTokenLifetime", "12:00:00"));
    }
}
