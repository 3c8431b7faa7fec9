using System.Text.Json;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Trains;

public sealed class TrainsTests(TestServers servers)
{
    [Fact]
    public async Task A_run_is_found_with_its_stops_coaches_and_seats()
    {
        var story = await TrainStory.BeginAsync(servers);

        var run = (await story.Traveler.GetAsync(story.Path)).Is(200);
        Assert.Equal(
            ("12610", "scheduled", $"{story.Date:yyyy-MM-dd}"),
            (run.Text("number"), run.Text("status"), run.Text("service_date"))
        );
        Assert.Equal(
            [story.From, story.Via, story.To],
            run.Json.GetProperty("stops").EnumerateArray().Select(stop => stop.GetProperty("station").GetString())
        );

        var found = Assert.Single((await story.Traveler.GetAsync($"/trains?{story.Between}&date={story.Date:yyyy-MM-dd}")).Is(200).Items);
        Assert.Equal(story.Run, found.GetProperty("id").GetGuid());
        Assert.Equal(
            ["2A 4 942.40", "3A 1 669.60"],
            found
                .GetProperty("classes")
                .EnumerateArray()
                .Select(one => $"{one.GetProperty("class")} {one.GetProperty("free")} {one.GetProperty("fare").GetRawText()}")
        );

        Assert.Equal(["A1-1", "A1-2", "A1-3", "A1-4", "B1-1"], Seats(await story.Traveler.GetAsync($"{story.Path}/seats?{story.Between}")));
        Assert.Equal(["B1-1"], Seats(await story.Traveler.GetAsync($"{story.Path}/seats?{story.Between}&class=3a")));
    }

    [Fact]
    public async Task A_ticket_takes_its_seats_on_its_segment_only()
    {
        var story = await TrainStory.BeginAsync(servers);

        var ticket = (await story.BuyAsync(story.Wish(["Ada", "Grace"], from: story.Via.ToUpperInvariant()))).Is(201);

        Assert.Equal($"/v1{story.Tickets}/{ticket.Text("id")}", ticket.Header("Location"));
        Assert.Equal(
            ("confirmed", story.Via, "1359.46"),
            (ticket.Text("status"), ticket.Text("from"), ticket.Json.GetProperty("fare").GetRawText())
        );
        var seats = ticket.Json.GetProperty("seats").EnumerateArray().Select(seat => seat.GetString()).ToList();
        Assert.Equal(["A1-1", "A1-2"], seats);
        Assert.Equal(["A1-3", "A1-4", "B1-1"], Seats(await story.Traveler.GetAsync($"{story.Path}/seats?{story.Between}")));
        Assert.Equal(5, Seats(await story.Traveler.GetAsync($"{story.Path}/seats?from={story.From}&to={story.Via}")).Length);
        Assert.Equal(ticket.Body, (await story.Traveler.GetAsync($"{story.Tickets}/{ticket.Text("id")}")).Is(200).Body);
    }

    [Fact]
    public async Task A_ticket_without_a_seat_is_waitlisted_and_gets_a_cancelled_seat()
    {
        var story = await TrainStory.BeginAsync(servers);
        var holder = (await story.BuyAsync(story.Wish(@class: "3A"))).Is(201);
        var other = await story.Api.NewPersonAsync();
        var waiting = (await story.BuyAsync(story.Wish(@class: "3A"), other)).Is(201);
        var path = $"{story.Tickets}/{waiting.Text("id")}";
        Assert.Equal(
            ("waitlisted", 1, JsonValueKind.Null),
            (waiting.Text("status"), waiting.Json.GetProperty("position").GetInt32(), waiting.Json.GetProperty("code").ValueKind)
        );
        (await other.GetAsync($"{path}/qr")).IsProblem(409);

        var cancelled = (await story.Traveler.DeleteAsync($"{story.Tickets}/{holder.Text("id")}")).Is(200);

        var refund = cancelled.Json.GetProperty("refund");
        Assert.Equal(
            ("cancelled", 90, "602.64"),
            (cancelled.Text("status"), refund.GetProperty("percent").GetInt32(), refund.GetProperty("amount").GetRawText())
        );
        Assert.Contains("48 hours", refund.GetProperty("rule").GetString(), StringComparison.Ordinal);
        Assert.Equal(cancelled.Body, (await story.Traveler.DeleteAsync($"{story.Tickets}/{holder.Text("id")}")).Is(200).Body);
        Assert.Equal("confirmed", (await other.GetAsync(path)).Is(200).Text("status"));
        (await story.Admin.PostAsync("/tickets/verify", new { code = holder.Text("code") })).IsProblem(409);
    }

    [Theory]
    [InlineData(49, 90)]
    [InlineData(25, 75)]
    [InlineData(13, 50)]
    [InlineData(5, 25)]
    [InlineData(3, 0)]
    public async Task The_refund_decreases_toward_departure(int hours, int percent)
    {
        var story = await TrainStory.BeginAsync(servers, hours: hours);
        var ticket = (await story.BuyAsync(story.Wish())).Is(201);

        Assert.Equal(
            percent,
            (await story.Traveler.DeleteAsync($"{story.Tickets}/{ticket.Text("id")}"))
                .Is(200)
                .Json.GetProperty("refund")
                .GetProperty("percent")
                .GetInt32()
        );
    }

    [Fact]
    public async Task A_train_that_has_left_sells_nothing()
    {
        var story = await TrainStory.BeginAsync(servers, hours: -1);

        (await story.BuyAsync(story.Wish())).IsProblem(409);
        (await story.BuyAsync(story.Wish(from: story.Via))).Is(201);
    }

    [Fact]
    public async Task A_cancelled_run_refunds_all_fares_and_sells_nothing()
    {
        var story = await TrainStory.BeginAsync(servers);
        var ticket = (await story.BuyAsync(story.Wish())).Is(201);

        Assert.Equal("cancelled", (await story.Admin.DeleteAsync(story.Path)).Is(200).Text("status"));
        (await story.Admin.DeleteAsync(story.Path)).Is(200);

        var after = (await story.Traveler.GetAsync($"{story.Tickets}/{ticket.Text("id")}")).Is(200);
        Assert.Equal(("cancelled", 100), (after.Text("status"), after.Json.GetProperty("refund").GetProperty("percent").GetInt32()));
        (await story.BuyAsync(story.Wish())).IsProblem(409);
        (await story.Admin.PostAsync("/tickets/verify", new { code = ticket.Text("code") })).IsProblem(409);
        Assert.Empty((await story.Traveler.GetAsync($"/trains?{story.Between}&date={story.Date:yyyy-MM-dd}")).Is(200).Items);
    }

    [Fact]
    public async Task A_repeated_key_returns_the_first_response_and_is_422_for_another_request()
    {
        var story = await TrainStory.BeginAsync(servers);
        var key = Unique.Name();

        var first = (await story.BuyAsync(story.Wish(), key: key)).Is(201);

        Assert.Equal(first.Body, (await story.BuyAsync(story.Wish(), key: key)).Is(201).Body);
        (await story.BuyAsync(story.Wish(["Grace Hopper"]), key: key)).IsProblem(422);
        (await story.BuyAsync(story.Wish(@class: "3A"), key: key)).IsProblem(422);
        (await story.BuyAsync(story.Wish(to: story.Via), key: key)).IsProblem(422);
        Assert.Single((await story.Traveler.GetAsync("/tickets")).Is(200).Items);
    }

    [Theory]
    [InlineData("from=Nowhere&to=Mysuru {0}", "from")]
    [InlineData("from=Mysuru {0}&to=Nowhere", "to")]
    [InlineData("from=Mysuru {0}&to=mysuru {0}", "to")]
    [InlineData("from=Chennai {0}&to=Mysuru {0}", "to")]
    [InlineData("from=Mysuru {0}&to=Chennai {0}&class=1A", "class")]
    [InlineData("from=Mysuru {0}&to=Chennai {0}%EF%BF%BE", "to")]
    [InlineData("from=Mysuru {0}&to=%00", "to")]
    public async Task A_seat_map_between_unknown_stations_is_400(string query, string field)
    {
        var story = await TrainStory.BeginAsync(servers);

        (await story.Traveler.GetAsync($"{story.Path}/seats?{query.Replace("{0}", story.Mark, StringComparison.Ordinal)}")).IsProblem(
            400,
            field
        );
    }

    [Theory]
    [InlineData("from=a&to=A&date=2027-01-15", "to")]
    [InlineData("from=a&to=b&date=1999-12-31", "date")]
    [InlineData("from=a&to=b&date=2201-01-01", "date")]
    [InlineData("from=a&to=b&date=2027-02-30", "date")]
    [InlineData("from=a&to=b&date=soon", "date")]
    [InlineData("from=a&to=b&date=01/02/2030", "date")]
    [InlineData("from=a&to=b&date=2030-1-2", "date")]
    [InlineData("from=a&to=b&date=%202030-01-02", "date")]
    [InlineData("from=%EF%BF%BE&to=b&date=2027-01-15", "from")]
    public async Task An_invalid_search_is_400(string query, string field)
    {
        var person = await (await servers.SharedAsync()).NewPersonAsync();

        (await person.GetAsync($"/trains?{query}")).IsProblem(400, field);
        Assert.Empty((await person.GetAsync($"/trains?from={Unique.Name()}&to=b&date=2027-01-15")).Is(200).Items);
    }

    [Theory]
    [InlineData("from=a&to=b", "date")]
    [InlineData("from=a&date=2027-01-15", "to")]
    [InlineData("to=b&date=2027-01-15", "from")]
    public async Task A_search_without_a_parameter_names_it(string query, string missing)
    {
        var person = await (await servers.SharedAsync()).NewPersonAsync();

        (await person.GetAsync($"/trains?{query}")).IsProblem(400, missing);
    }

    [Fact]
    public async Task An_invalid_purchase_is_400_and_takes_nothing()
    {
        var story = await TrainStory.BeginAsync(servers);

        (await story.BuyAsync(story.Wish([]))).IsProblem(400, "passengers");
        (await story.BuyAsync(story.Wish(["1", "2", "3", "4", "5", "6", "7"]))).IsProblem(400, "passengers");
        var many = (await story.BuyAsync(story.Wish([.. Enumerable.Repeat("", 250_000)]))).Is(400);
        Assert.Contains("passengers", many.Errors.Keys);
        Assert.InRange(many.Body.Length, 1, 1000);
        (await story.BuyAsync(story.Wish(["", new string('x', 300), "a\tb", "a"]))).IsProblem(
            400,
            "passengers[0]",
            "passengers[1]",
            "passengers[2]"
        );
        Assert.Equal(400, (int)(await story.BuyAsync(story.Wish([null!]))).Status);
        (await story.BuyAsync(story.Wish(@class: "1A"))).IsProblem(400, "class");
        (await story.BuyAsync(story.Wish(from: "Nowhere"))).IsProblem(400, "from");
        (await story.BuyAsync(story.Wish(from: story.To, to: story.From))).IsProblem(400, "to");
        (await story.BuyAsync(story.Wish(to: story.From))).IsProblem(400, "to");
        (await story.BuyAsync(story.Wish(to: new string('x', 300)))).IsProblem(400, "to");
        (await story.BuyAsync(story.Wish(), key: new string('k', 1000))).Is(400);

        Assert.Equal(5, Seats(await story.Traveler.GetAsync($"{story.Path}/seats?{story.Between}")).Length);
        Assert.Empty((await story.Traveler.GetAsync("/tickets")).Is(200).Items);
    }

    [Fact]
    public async Task An_invalid_run_is_400()
    {
        var admin = await (await servers.SharedAsync()).NewAdminAsync();
        const string stops = """[{"station": "a", "distance_km": 0}, {"station": "b", "distance_km": 1}]""",
            coaches = """[{"coach": "A", "class": "2A", "seats": 1, "fare_per_km": 1}]""";

        (await PostAsync("""[null, {"station": "b", "distance_km": 1}]""", coaches)).IsProblem(400, "stops[0]");
        (await PostAsync(stops, "[null]")).IsProblem(400, "coaches[0]");
        (await PostAsync("[]", "[]")).IsProblem(400, "stops", "coaches");
        (await PostAsync(stops.Replace("\"b\"", "\"A\"", StringComparison.Ordinal), coaches)).IsProblem(400, "stops[1].station");
        (await PostAsync(stops, coaches.Replace("\"seats\": 1", "\"seats\": 0", StringComparison.Ordinal))).IsProblem(
            400,
            "coaches[0].seats"
        );
        (await PostAsync(stops, coaches, "2027-02-30")).IsProblem(400, "service_date");
        (await PostAsync(stops, coaches, "1999-12-31")).IsProblem(400, "service_date");
        (await PostAsync("null", coaches)).Is(400);

        Task<ApiResponse> PostAsync(string stops, string coaches, string date = "2027-01-15") =>
            admin.PostAsync(
                "/trains",
                $$"""{"number": "1", "name": "One", "service_date": "{{date}}", "stops": {{stops}}, "coaches": {{coaches}}}"""
            );
    }

    [Fact]
    public async Task Only_administrators_add_and_cancel_runs()
    {
        var story = await TrainStory.BeginAsync(servers);
        foreach (var role in new[] { "user", "inspector" })
        {
            var person = await story.Api.NewPersonAsync(role: role);
            (await person.PostAsync("/trains", story.Body(1, DateTime.UtcNow))).IsProblem(403);
            (await person.DeleteAsync(story.Path)).IsProblem(403);
        }

        (await story.Api.GetAsync(story.Path)).IsProblem(401);
        Assert.Equal("scheduled", (await story.Traveler.GetAsync(story.Path)).Is(200).Text("status"));
    }

    [Fact]
    public async Task An_unknown_run_is_404()
    {
        var story = await TrainStory.BeginAsync(servers) with { Run = Guid.CreateVersion7() };

        (await story.Traveler.GetAsync(story.Path)).IsProblem(404);
        (await story.Traveler.GetAsync($"{story.Path}/seats?{story.Between}")).IsProblem(404);
        (await story.BuyAsync(story.Wish())).IsProblem(404);
        (await story.Admin.DeleteAsync(story.Path)).IsProblem(404);
    }

    // Labels of the seats that are free.
    static string[] Seats(ApiResponse map) =>
        [
            .. map.Is(200)
                .Json.GetProperty("seats")
                .EnumerateArray()
                .Where(seat => seat.GetProperty("free").GetBoolean())
                .Select(seat => seat.GetProperty("seat").GetString()!),
        ];
}
