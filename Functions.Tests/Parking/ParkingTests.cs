using System.Net.Http.Json;
using System.Text.Json;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Parking;

public sealed class ParkingTests(TestServers servers)
{
    const string NoId = "0198c0de-7a3b-7c4d-8e5f-1a2b3c4d5e6f";

    static readonly object Rate = new
    {
        grace_minutes = 15,
        first_hour = 2.50m,
        further_hour = 2,
        day_cap = 18.0001m,
    };

    [Fact]
    public async Task An_administrator_creates_a_lot_that_all_users_see()
    {
        var api = await servers.SharedAsync();
        var (admin, person) = (await api.NewAdminAsync(), await api.NewPersonAsync());

        var created = (await admin.PostAsync("/parking-lots", Lot(name: " Hauptbahnhof ", timeZone: "Europe/Berlin"))).Is(201);

        Assert.Equal($"/v1/parking-lots/{created.Text("id")}", created.Header("Location"));
        Assert.Equal(("Hauptbahnhof", "Europe/Berlin"), (created.Text("name"), created.Text("time_zone")));
        Assert.Equal(
            """{"grace_minutes":15,"first_hour":2.50,"further_hour":2,"day_cap":18.0001}""",
            created.Json.GetProperty("rates").GetProperty("car").GetRawText()
        );
        Assert.Equal(
            """{"motorcycle":{"spots":0,"taken":0,"free":0},"car":{"spots":2,"taken":0,"free":2},"truck":{"spots":1,"taken":0,"free":1}}""",
            created.Json.GetProperty("occupancy").GetRawText()
        );
        Assert.Equal(created.Body, (await person.GetAsync($"/parking-lots/{created.Text("id")}")).Is(200).Body);
    }

    [Fact]
    public async Task A_lot_without_a_time_zone_has_UTC()
    {
        var admin = await (await servers.SharedAsync()).NewAdminAsync();

        Assert.Equal("UTC", (
                await admin.PostAsync(
                    "/parking-lots",
                    new
                    {
                        name = "Lot",
                        spots = new
                        {
                            motorcycle = 0,
                            car = 1,
                            truck = 0,
                        },
                        rates = Rates,
                    }
                )
            ).Is(201).Text("time_zone"));
    }

    [Fact]
    public async Task Only_administrators_create_lots()
    {
        var api = await servers.SharedAsync();

        (await api.PostAsync("/parking-lots", Lot())).IsProblem(401);
        foreach (var role in new[] { "user", "inspector" })
            (await (await api.NewPersonAsync(role: role)).PostAsync("/parking-lots", Lot())).IsProblem(403);
    }

    [Theory]
    [InlineData("\"car\": 2", "\"car\": -1", "spots.car")]
    [InlineData("\"car\": 2", "\"car\": 100001", "spots.car")]
    [InlineData("\"car\": 2", "\"car\": 1.5", "spots.car")]
    [InlineData("\"car\": 2", "\"car\": \"2\"", "spots.car")]
    [InlineData("\"car\": 2, ", "", "spots.car")]
    [InlineData("\"car\": 2, \"truck\": 1", "\"car\": 0, \"truck\": 0", "spots")]
    [InlineData("\"first_hour\": 2.50", "\"first_hour\": -2.50", "rates.car.first_hour")]
    [InlineData("\"first_hour\": 2.50", "\"first_hour\": 0.00001", "rates.car.first_hour")]
    [InlineData("\"first_hour\": 2.50", "\"first_hour\": 1e9", "rates.car.first_hour")]
    [InlineData("\"first_hour\": 2.50", "\"first_hour\": 1e400", "rates.car.first_hour")]
    [InlineData("\"first_hour\": 2.50, ", "", "rates.car.first_hour")]
    [InlineData("\"grace_minutes\": 15", "\"grace_minutes\": 1441", "rates.car.grace_minutes")]
    [InlineData("\"name\": \"Lot\"", "\"name\": \" \"", "name")]
    [InlineData("\"name\": \"Lot\"", "\"name\": \"a\\u0007b\"", "name")]
    [InlineData("\"time_zone\": \"UTC\"", "\"time_zone\": \"Mars/Olympus_Mons\"", "time_zone")]
    [InlineData("\"time_zone\": \"UTC\"", "\"time_zone\": \"../UTC\"", "time_zone")]
    public async Task A_lot_that_breaks_a_rule_is_400_and_names_the_field(string good, string bad, string field)
    {
        var api = await servers.SharedAsync();
        var admin = await api.NewAdminAsync();
        const string rate = """{"grace_minutes": 15, "first_hour": 2.50, "further_hour": 2, "day_cap": 18}""",
            other = """{"day_cap": 0, "further_hour": 0, "first_hour": 0, "grace_minutes": 0}""";
        const string body =
            $$"""{"name": "Lot", "time_zone": "UTC", "spots": {"motorcycle": 0, "car": 2, "truck": 1},"""
            + $$""" "rates": {"motorcycle": {{other}}, "car": {{rate}}, "truck": {{other}} } }""";
        Assert.Contains(good, body, StringComparison.Ordinal);

        (await admin.PostAsync("/parking-lots", body.Replace(good, bad))).IsProblem(400, field);
    }

    [Fact]
    public async Task A_vehicle_enters_and_leaves()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        var lot = await NewLotAsync(api);

        var entered = (await person.PostAsync($"{lot}/tickets", new { plate = "b-ab 1234", vehicle = "car" })).Is(201);

        var path = $"{lot}/tickets/{entered.Text("id")}";
        Assert.Equal($"/v1{path}", entered.Header("Location"));
        Assert.EndsWith(entered.Text("lot_id"), lot, StringComparison.Ordinal);
        Assert.Equal(("BAB1234", "car", "parked"), (entered.Text("plate"), entered.Text("vehicle"), entered.Text("status")));
        Assert.Equal("""{"kind":"car","number":1}""", entered.Json.GetProperty("spot").GetRawText());
        Assert.Equal(
            (JsonValueKind.Null, JsonValueKind.Null),
            (entered.Json.GetProperty("exited_at").ValueKind, entered.Json.GetProperty("fee").ValueKind)
        );
        Assert.DoesNotContain("user_id", entered.Body, StringComparison.Ordinal);
        Assert.Equal(entered.Body, (await person.GetAsync(path)).Is(200).Body);
        Assert.Equal(1, await TakenAsync(person, lot));

        // As if it had entered two and a half hours ago, on the same day.
        await api.ExecuteAsync(
            "update parking_tickets set entered_at = now() - interval '150 minutes' where id = @id",
            ("id", Guid.Parse(entered.Text("id")))
        );
        var left = (await person.PostAsync($"{path}/exit")).Is(200);

        Assert.Equal("left", left.Text("status"));
        Assert.Equal(2.50m + 2 + 2, left.Json.GetProperty("fee").GetDecimal());
        Assert.Equal(left.Body, (await person.PostAsync($"{path}/exit")).Is(200).Body);
        Assert.Equal(left.Body, (await person.GetAsync(path)).Is(200).Body);
        Assert.Equal(0, await TakenAsync(person, lot));
    }

    [Fact]
    public async Task A_stay_within_the_grace_period_is_free()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        var lot = await NewLotAsync(api);
        var entered = (await person.PostAsync($"{lot}/tickets", new { plate = "A1", vehicle = "car" })).Is(201);

        Assert.Equal(0, (await person.PostAsync($"{lot}/tickets/{entered.Text("id")}/exit")).Is(200).Json.GetProperty("fee").GetDecimal());
    }

    [Fact]
    public async Task A_plate_parked_by_another_user_is_not_revealed()
    {
        var api = await servers.SharedAsync();
        var (owner, stranger) = (await api.NewPersonAsync(), await api.NewPersonAsync());
        var (lot, empty) = (await NewLotAsync(api), await NewLotAsync(api));
        (await owner.PostAsync($"{lot}/tickets", new { plate = "B-AB 1", vehicle = "car" })).Is(201);

        var occupied = (await stranger.PostAsync($"{lot}/tickets", new { plate = "B-AB 1", vehicle = "car" })).Is(201);
        var free = (await stranger.PostAsync($"{empty}/tickets", new { plate = "B-AB 1", vehicle = "car" })).Is(201);

        Assert.Equal((free.Text("plate"), free.Text("status")), (occupied.Text("plate"), occupied.Text("status")));
        Assert.Equal(
            (await stranger.PostAsync($"{empty}/tickets", new { plate = "B-AB 1", vehicle = "car" }))
                .IsProblem(409, "plate")
                .Text("detail"),
            (await stranger.PostAsync($"{lot}/tickets", new { plate = "B-AB 1", vehicle = "car" })).IsProblem(409, "plate").Text("detail")
        );
    }

    [Fact]
    public async Task A_full_lot_and_a_plate_that_is_already_parked_are_409()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        var lot = await NewLotAsync(api);

        (await person.PostAsync($"{lot}/tickets", new { plate = "T1", vehicle = "truck" })).Is(201);
        (await person.PostAsync($"{lot}/tickets", new { plate = "T2", vehicle = "truck" })).IsProblem(409);
        (await person.PostAsync($"{lot}/tickets", new { plate = "t-1", vehicle = "car" })).IsProblem(409, "plate");

        Assert.Equal(0, await TakenAsync(person, lot));
    }

    [Theory]
    [InlineData("\"\"", "\"car\"", "plate")]
    [InlineData("\"A\\tB\"", "\"car\"", "plate")]
    [InlineData("\"A\\u0001B\"", "\"car\"", "plate")]
    [InlineData("\"A\\u200bB\"", "\"car\"", "plate")]
    [InlineData("\"A;B\"", "\"car\"", "plate")]
    [InlineData("\"0123456789ABCDEFG\"", "\"car\"", "plate")]
    [InlineData("\"A1\"", "\"Car\"", "vehicle")]
    [InlineData("\"A1\"", "\"car, truck\"", "vehicle")]
    [InlineData("\"A1\"", "\"bus\"", "vehicle")]
    [InlineData("\"A1\"", "1", "vehicle")]
    [InlineData("\"A1\"", "null", "vehicle")]
    public async Task A_ticket_that_breaks_a_rule_is_400_and_names_the_field(string plate, string vehicle, string field)
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        var lot = await NewLotAsync(api);

        (await person.PostAsync($"{lot}/tickets", $$"""{"plate": {{plate}}, "vehicle": {{vehicle}}}""")).IsProblem(400, field);

        Assert.Equal(0, await TakenAsync(person, lot));
    }

    [Fact]
    public async Task A_missing_field_is_400_and_names_it()
    {
        var api = await servers.SharedAsync();
        var admin = await api.NewAdminAsync();

        (await admin.PostAsync("/parking-lots", "{}")).IsProblem(400, "name", "rates", "spots");
        (await admin.PostAsync($"/parking-lots/{NoId}/tickets", "{}")).IsProblem(400, "plate", "vehicle");
    }

    [Fact]
    public async Task A_repeated_key_returns_the_first_response()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        var lot = await NewLotAsync(api);
        var key = new string('k', 255);

        var first = (await EnterAsync(person, "A1", key)).Is(201);
        var second = (await EnterAsync(person, "A1", key)).Is(201);
        Assert.Equal((first.Body, first.Header("Location")), (second.Body, second.Header("Location")));
        (await person.PostAsync($"{lot}/tickets/{first.Text("id")}/exit")).Is(200);

        Assert.Equal(first.Body, (await EnterAsync(person, "A1", key)).Is(201).Body);
        (await EnterAsync(person, "A2", key)).IsProblem(422);
        Assert.Equal(0, await TakenAsync(person, lot));
        (await EnterAsync(await api.NewPersonAsync(), "A2", key)).Is(201);

        Task<ApiResponse> EnterAsync(Person who, string plate, string key) => PostAsync(api, who, $"{lot}/tickets", plate, key);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    public async Task An_invalid_key_is_400(string key)
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        (await PostAsync(api, person, $"{await NewLotAsync(api)}/tickets", "A1", key)).IsProblem(400, "Idempotency-Key");
    }

    [Fact]
    public async Task A_key_that_is_too_long_is_400()
    {
        var api = await servers.SharedAsync();

        (await PostAsync(api, await api.NewPersonAsync(), $"/parking-lots/{NoId}/tickets", "A1", new string('k', 256))).IsProblem(
            400,
            "Idempotency-Key"
        );
    }

    [Fact]
    public async Task Another_users_ticket_is_404_except_for_inspectors_and_administrators()
    {
        var api = await servers.SharedAsync();
        var (owner, other, inspector, admin) = (
            await api.NewPersonAsync(),
            await api.NewPersonAsync(),
            await api.NewPersonAsync(role: "inspector"),
            await api.NewAdminAsync()
        );
        var lot = await NewLotAsync(api);
        var ticket = (await owner.PostAsync($"{lot}/tickets", new { plate = "A1", vehicle = "car" })).Is(201);
        var path = $"{lot}/tickets/{ticket.Text("id")}";

        (await api.GetAsync(path)).IsProblem(401);
        (await other.GetAsync(path)).IsProblem(404);
        (await other.PostAsync($"{path}/exit")).IsProblem(404);
        Assert.Equal(ticket.Body, (await inspector.GetAsync(path)).Is(200).Body);
        Assert.Equal(ticket.Body, (await admin.GetAsync(path)).Is(200).Body);
        Assert.Equal("left", (await inspector.PostAsync($"{path}/exit")).Is(200).Text("status"));
        Assert.Equal("left", (await owner.GetAsync(path)).Is(200).Text("status"));
    }

    [Fact]
    public async Task Unknown_lots_and_tickets_are_404()
    {
        var api = await servers.SharedAsync();
        var admin = await api.NewAdminAsync();
        var lot = await NewLotAsync(api);

        (await admin.GetAsync($"/parking-lots/{NoId}")).IsProblem(404);
        (await admin.GetAsync("/parking-lots/7")).IsProblem(404);
        (await admin.PostAsync($"/parking-lots/{NoId}/tickets", new { plate = "A1", vehicle = "car" })).IsProblem(404);
        (await admin.GetAsync($"{lot}/tickets/{NoId}")).IsProblem(404);
        (await admin.PostAsync($"{lot}/tickets/{NoId}/exit")).IsProblem(404);
        (await admin.PostAsync($"/parking-lots/{NoId}/tickets/{NoId}/exit")).IsProblem(404);
    }

    static object Rates =>
        new
        {
            motorcycle = Rate,
            car = Rate,
            truck = Rate,
        };

    static object Lot(string name = "Lot", string timeZone = "UTC") =>
        new
        {
            name,
            spots = new
            {
                motorcycle = 0,
                car = 2,
                truck = 1,
            },
            rates = Rates,
            time_zone = timeZone,
        };

    // Its path. Its days change far from now, so that a short stay is within one day.
    static async Task<string> NewLotAsync(Api api)
    {
        var zone = DateTime.UtcNow.Hour is >= 4 and < 20 ? "UTC" : "Etc/GMT+12";
        return $"/parking-lots/{(await (await api.NewAdminAsync()).PostAsync("/parking-lots", Lot(timeZone: zone))).Is(201).Text("id")}";
    }

    static Task<ApiResponse> PostAsync(Api api, Person person, string path, string plate, string key) =>
        api.SendAsync(HttpMethod.Post, path, person.Token, JsonContent.Create(new { plate, vehicle = "car" }), ("Idempotency-Key", key));

    static async Task<int> TakenAsync(Person person, string lot) =>
        (await person.GetAsync(lot))
            .Is(200)
            .Json.GetProperty("occupancy")
            .EnumerateObject()
            .Where(kind => kind.Name != "truck")
            .Sum(kind => kind.Value.GetProperty("taken").GetInt32());
}
