using System.Diagnostics;
using FunctionsApp.Functions.Tests.Servers;
using FunctionsApp.Functions.Tests.Trains;
using Npgsql;

namespace FunctionsApp.Functions.Tests.Faults;

/// <summary>Two servers on one database, each with its own database proxy, named <c>one</c> and <c>two</c>.</summary>
sealed class FaultyPair : IAsyncDisposable
{
    /// <summary>
    /// The time within which every request completes, whatever the database does: 8 s, 2 s more for a user with many requests, and a margin
    /// for a busy machine.
    /// </summary>
    public static readonly TimeSpan ResponseLimit = TimeSpan.FromSeconds(8 + 2 + 6);

    FaultyPair(string database, Toxiproxy proxy, TestServer one, TestServer two) =>
        (Direct, Proxy, One, Two) = (NpgsqlDataSource.Create(database), proxy, one, two);

    /// <summary>The database without a proxy.</summary>
    public NpgsqlDataSource Direct { get; }

    public Toxiproxy Proxy { get; }

    public TestServer One { get; }

    public TestServer Two { get; }

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<FaultyPair> StartAsync(TestServers servers, params (string Name, string Value)[] settings)
    {
        var proxy = await Toxiproxy.StartAsync();
        TestServer? one = null;
        try
        {
            var database = await servers.CreateDatabaseAsync();
            one = await TestServer.StartAsync(await proxy.AddAsync("one", database), settings);
            await one.Api.ReadyAsync();
            var two = await TestServer.StartAsync(await proxy.AddAsync("two", database), settings);
            await two.Api.ReadyAsync();
            return new(database, proxy, one, two);
        }
        catch
        {
            if (one is not null)
                await one.DisposeAsync();
            await proxy.DisposeAsync();
            throw;
        }
    }

    /// <summary>Creates a run with a number of seats and a traveler without further permissions.</summary>
    public async Task<TrainStory> StartStoryAsync(int seats)
    {
        var departure = DateTime.UtcNow.AddHours(1000);
        var story = new TrainStory(
            One.Api,
            await One.Api.NewAdminAsync(),
            await One.Api.NewPersonAsync(),
            default,
            Unique.Name(),
            DateOnly.FromDateTime(departure)
        );
        return story with { Run = Guid.Parse((await story.Admin.PostAsync("/trains", story.Body(seats, departure))).Is(201).Text("id")) };
    }

    /// <summary>Asserts that a request completes in time.</summary>
    public static async Task<ApiResponse> InTimeAsync(Task<ApiResponse> request)
    {
        var start = Stopwatch.GetTimestamp();
        var response = await request;
        var elapsed = Stopwatch.GetElapsedTime(start);
        Assert.True(elapsed < ResponseLimit, $"Completed after {elapsed}: {response}");
        return response;
    }

    /// <summary>Stops both servers with SIGTERM and asserts that they exit gracefully.</summary>
    public async Task StopAsync()
    {
        foreach (var server in new[] { One, Two })
            server.Process.Stop();
        foreach (var server in new[] { One, Two })
            Assert.Equal(0, await server.Process.EndAsync(Cancel));
    }

    public async ValueTask DisposeAsync()
    {
        await One.DisposeAsync();
        await Two.DisposeAsync();
        await Proxy.DisposeAsync();
        await Direct.DisposeAsync();
    }
}
