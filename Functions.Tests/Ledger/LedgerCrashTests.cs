using System.Text.Json;
using System.Text.RegularExpressions;
using FunctionsApp.Core.Tests.Database;
using FunctionsApp.Functions.Tests.Servers;
using FunctionsApp.LocalPostgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace FunctionsApp.Functions.Tests.Ledger;

/// <summary>
/// Clients that write to one portfolio and to one of their own each, while the server is killed and its Postgres crashes. They repeat
/// requests with the same key until there is a response. Afterwards exactly the acknowledged entries must be there, once each, and
/// portfolios must equal those of the same entries in a new portfolio.
/// </summary>
[OwnServer]
public sealed partial class LedgerCrashTests
{
    const int Clients = 10,
        Steps = 30;

    static readonly string[] moments = ["2022-03-01", "2022-07-01T12:00:00Z", "2023-01-01"];

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_kill_and_a_crash_lose_nothing_and_do_nothing_twice()
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
            // Acknowledged commits have to survive a crash. Other tests run without synchronous commits.
            await server.Api.ExecuteAsync(
                $"do $$ begin execute format('alter database %I set synchronous_commit = on', current_database()); end $$"
            );
            var (shared, address) = (new AcknowledgedPortfolio((await server.Api.NewPersonAsync()).Token), server.Api.Address);
            List<AcknowledgedPortfolio> own = [];
            for (var i = 0; i < Clients; i++)
                own.Add(new((await server.Api.NewPersonAsync()).Token));
            await server.Api.ExecuteAsync("checkpoint");
            // The pooled connections are older than the setting.
            await server.DisposeAsync();
            server = await StartServerAsync(address.ToString());
            await server.Api.ReadyAsync();

            using var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(20) };
            var work = new ClientWork(Clients * Steps / 4, Clients * Steps / 2);
            var clients = Enumerable
                .Range(0, Clients)
                .Select(i => Task.Run(() => new LedgerClient(http, work, [shared, own[i]], seed: i).RunAsync(Steps, Cancel), Cancel))
                .ToList();
            var all = Task.WhenAll(clients);

            await Task.WhenAny(work.ReachedAsync(0), all);
            server.Process.Kill();
            await server.DisposeAsync();
            server = await StartServerAsync(address.ToString());
            await Task.WhenAny(work.ReachedAsync(1), all);
            await postgres.CrashAsync(Cancel);
            await postgres.StartAgainAsync(Cancel);
            await all;

            Assert.Empty(work.Wrong);
            Assert.True(
                work.Unanswered > 0
                    && work.Refused > 0
                    && shared.Recorded.Count > 50
                    && !shared.Removed.IsEmpty
                    && !shared.Imported.IsEmpty,
                "Too little happened for the test to mean something."
            );
            await Task.WhenAll(own.Append(shared).Select(portfolio => JudgeAsync(server.Api, portfolio)));
        }
        finally
        {
            await server.DisposeAsync();
        }

        Task<TestServer> StartServerAsync(string url) =>
            TestServer.StartAsync(postgres.ConnectionString, ("ASPNETCORE_URLS", url), ("Accounts__AccessTokenLifetime", "12:00:00"));
    }

    static async Task JudgeAsync(Api api, AcknowledgedPortfolio portfolio)
    {
        var entries = await ReadEntriesAsync(api, portfolio.Token);
        var there = entries.ToDictionary(entry => entry.GetProperty("id").GetGuid());
        Assert.All(portfolio.Recorded.Values, bodies => Assert.Single(bodies.Distinct()));
        var acknowledged = portfolio
            .Recorded.Values.Select(bodies => JsonElement.Parse(bodies.First()))
            .ToDictionary(entry => entry.GetProperty("id").GetGuid());
        // Nothing is lost, removed entries are gone, and entries are as they were acknowledged.
        Assert.Equal(portfolio.Recorded.Count, acknowledged.Count);
        Assert.Equal(acknowledged.Keys.Except(portfolio.Removed.Keys).Order(), there.Keys.Intersect(acknowledged.Keys).Order());
        Assert.All(
            acknowledged.Where(one => there.ContainsKey(one.Key)),
            one => Assert.Equal(one.Value.ToString(), there[one.Key].ToString())
        );

        // Nothing is there twice: the other entries are the trades of files and the deposits that these needed.
        var fromFiles = there
            .Values.Where(entry => !acknowledged.ContainsKey(entry.GetProperty("id").GetGuid()))
            .ToLookup(entry => entry.GetProperty("type").GetString());
        var imported = portfolio.Imported.Select(body => JsonElement.Parse(body)).ToList();
        Assert.Equal(imported.Sum(import => import.GetProperty("trades").GetInt32()), fromFiles["buy"].Count());
        Assert.All(fromFiles.Where(kind => kind.Key != "buy"), kind => Assert.Equal("deposit", kind.Key));
        if (imported.All(import => import.GetProperty("added").GetInt32() > 0))
        {
            Assert.Equal(imported.Sum(import => import.GetProperty("deposits").GetInt32()), fromFiles["deposit"].Count());
            Assert.Equal(
                imported.Sum(import => import.GetProperty("deposited").GetDecimal()),
                fromFiles["deposit"].Sum(deposit => deposit.GetProperty("amount").GetDecimal())
            );
        }

        var fresh = await api.NewPersonAsync();
        foreach (var entry in entries)
        {
            var written = entry
                .EnumerateObject()
                .Where(field => field.Name is not ("id" or "cash" or "created_at") && field.Value.ValueKind != JsonValueKind.Null)
                .ToDictionary(field => field.Name, field => field.Value);
            (await fresh.PostAsync("/ledger/entries", written)).Is(201);
        }

        string[] paths =
        [
            .. moments.SelectMany(at => new[] { $"/portfolio?at={at}", $"/portfolio/tax-lots?at={at}" }),
            "/portfolio/history?to=2023-01-01",
        ];
        foreach (var path in paths)
            Assert.Equal(
                WithoutIds((await fresh.GetAsync(path)).Is(200).Body),
                WithoutIds((await api.GetAsync(path, portfolio.Token)).Is(200).Body)
            );
    }

    // The first one first.
    static async Task<List<JsonElement>> ReadEntriesAsync(Api api, string token)
    {
        List<JsonElement> entries = [];
        for (string? cursor = ""; cursor is not null; )
        {
            var page = (await api.GetAsync($"/ledger/entries?limit=100{(cursor.Length == 0 ? "" : $"&cursor={cursor}")}", token)).Is(200);
            entries.AddRange(page.Items);
            cursor = page.NextCursor;
        }

        entries.Reverse();
        return entries;
    }

    static string WithoutIds(string body) => Id().Replace(body, "id");

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f-]{27}")]
    private static partial Regex Id();
}
