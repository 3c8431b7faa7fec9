using System.Net.Http.Json;
using System.Text.Json;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Faults;

/// <summary>Sends each request that supports an idempotency key twice at the same time through two servers.</summary>
[OwnServer]
public sealed class KeyedRequestsTests(TestServers servers)
{
    const int Rounds = 6;

    static readonly object Rate = new
    {
        grace_minutes = 15,
        first_hour = 2,
        further_hour = 2,
        day_cap = 18,
    };

    [Fact]
    public async Task One_key_gets_one_response_even_for_the_last_free_seat()
    {
        var database = await servers.CreateDatabaseAsync();
        // Without a waitlist, the last seat is the last place.
        await using var one = await TestServer.StartAsync(database, ("Trains__WaitlistLimit", "0"));
        await using var other = await TestServer.StartAsync(database, ("Trains__WaitlistLimit", "0"));
        await Task.WhenAll(one.Api.ReadyAsync(), other.Api.ReadyAsync());
        var admin = await one.Api.NewAdminAsync();
        HashSet<string> tried = [];

        for (var round = 0; round < Rounds; round++)
        {
            var (person, rival) = (await one.Api.NewPersonAsync(), await one.Api.NewPersonAsync());
            var run = (await TwiceAsync(admin, "/trains", "/trains", Run())).Is(201).Text("id");
            var lot = (await TwiceAsync(admin, "/parking-lots", "/parking-lots", Lot())).Is(201).Text("id");
            await TwiceAsync(
                person,
                "/ledger/entries",
                "/ledger/entries",
                new
                {
                    type = "deposit",
                    at = "2024-01-02T00:00:00Z",
                    amount = 10,
                }
            );

            var seat = Ticket();
            var buying = one.Api.PostAsync($"/trains/{run}/tickets", seat, rival.Token);
            var bought = await TwiceAsync(person, "/trains/{id}/tickets", $"/trains/{run}/tickets", seat);
            Assert.Equal([201, 409], new[] { (int)bought.Status, (int)(await buying).Status }.Order());
            // The seat becomes free while the next request is sent twice.
            var winner = (int)bought.Status == 201 ? bought : await buying;
            var cancelling = one.Api.DeleteAsync($"/trains/{run}/tickets/{winner.Text("id")}", admin.Token);
            await TwiceAsync(rival, "/trains/{id}/tickets", $"/trains/{run}/tickets", seat);
            (await cancelling).Is(200);

            object vehicle = new { plate = "A1", vehicle = "car" };
            var entering = one.Api.PostAsync($"/parking-lots/{lot}/tickets", vehicle, rival.Token);
            var entered = await TwiceAsync(person, "/parking-lots/{id}/tickets", $"/parking-lots/{lot}/tickets", vehicle);
            Assert.Equal([201, 409], new[] { (int)entered.Status, (int)(await entering).Status }.Order());
            winner = (int)entered.Status == 201 ? entered : await entering;
            var leaving = one.Api.PostAsync($"/parking-lots/{lot}/tickets/{winner.Text("id")}/exit", null, admin.Token);
            await TwiceAsync(
                (int)entered.Status == 201 ? rival : person,
                "/parking-lots/{id}/tickets",
                $"/parking-lots/{lot}/tickets",
                vehicle
            );
            (await leaving).Is(200);
        }

        Assert.Equal(await KeyedAsync(one.Api), tried.Order());

        async Task<ApiResponse> TwiceAsync(Person who, string route, string path, object body)
        {
            tried.Add(route);
            var key = Unique.Name();
            var responses = await Task.WhenAll(
                Enumerable
                    .Range(0, 4)
                    .Select(i =>
                        (i % 2 == 0 ? one : other).Api.SendAsync(
                            HttpMethod.Post,
                            path,
                            who.Token,
                            JsonContent.Create(body, body.GetType()),
                            ("Idempotency-Key", key)
                        )
                    )
            );
            Assert.All(responses, response => Assert.Contains((int)response.Status, new[] { 201, 409 }));
            Assert.Single(
                responses.Select(response => ((int)response.Status, response.WithoutTraceId, response.Header("Location"))).Distinct()
            );
            return responses[0];
        }
    }

    // The routes of all requests that support a key, from the API document.
    static async Task<string[]> KeyedAsync(Api api) =>
        [
            .. (await api.GetAsync("/openapi.json"))
                .Is(200)
                .Json.GetProperty("paths")
                .EnumerateObject()
                .Where(path =>
                    path.Value.TryGetProperty("post", out var post)
                    && post.TryGetProperty("parameters", out var parameters)
                    && parameters.EnumerateArray().Any(one => IsKey(one))
                )
                .Select(path => path.Name)
                .Order(),
        ];

    static bool IsKey(JsonElement parameter) => parameter.TryGetProperty("name", out var name) && name.GetString() == "Idempotency-Key";

    static object Run() =>
        new
        {
            number = "1",
            name = "One",
            service_date = "2190-01-01",
            stops = new object[]
            {
                new
                {
                    station = "a",
                    departs_at = "2190-01-01T06:00:00.1234567Z",
                    distance_km = 0,
                },
                new { station = "b", distance_km = 10.50 },
            },
            coaches = new object[]
            {
                new
                {
                    coach = "A",
                    @class = "X",
                    seats = 1,
                    fare_per_km = 1.10,
                },
            },
        };

    static object Ticket() =>
        new
        {
            from = "a",
            to = "b",
            @class = "X",
            passengers = new[] { "Ada" },
        };

    static object Lot() =>
        new
        {
            name = "Lot",
            spots = new
            {
                motorcycle = 0,
                car = 1,
                truck = 0,
            },
            rates = new
            {
                motorcycle = Rate,
                car = Rate,
                truck = Rate,
            },
        };
}
