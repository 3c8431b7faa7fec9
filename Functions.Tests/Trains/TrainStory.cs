using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Trains;

/// <summary>A run with its own stations, and a traveler.</summary>
sealed record TrainStory(Api Api, Person Admin, Person Traveler, Guid Run, string Mark, DateOnly Date)
{
    public string From => $"Mysuru {Mark}";

    public string Via => $"Bengaluru {Mark}";

    public string To => $"Chennai {Mark}";

    public string Path => $"/trains/{Run}";

    public string Tickets => $"{Path}/tickets";

    public string Between => $"from={From}&to={To}";

    /// <param name="hours">Until the train leaves the first station.</param>
    public static async Task<TrainStory> BeginAsync(TestServers servers, int seats = 4, double hours = 1000)
    {
        var api = await servers.SharedAsync();
        var (admin, traveler) = (await api.NewAdminAsync(), await api.NewPersonAsync());
        var departure = DateTime.UtcNow.AddHours(hours);
        var story = new TrainStory(api, admin, traveler, default, Unique.Name(), DateOnly.FromDateTime(departure));
        var created = (await admin.PostAsync("/trains", story.Body(seats, departure))).Is(201);
        Assert.Equal($"/v1/trains/{created.Text("id")}", created.Header("Location"));
        return story with { Run = Guid.Parse(created.Text("id")) };
    }

    public object Body(int seats, DateTime departure) =>
        new
        {
            number = "12610",
            name = "Chennai Express",
            service_date = $"{DateOnly.FromDateTime(departure):yyyy-MM-dd}",
            stops = new object[]
            {
                new
                {
                    station = From,
                    departs_at = departure,
                    distance_km = 0,
                },
                new
                {
                    station = Via,
                    arrives_at = departure.AddHours(2),
                    distance_km = 138.25,
                },
                new { station = To, distance_km = 496 },
            },
            coaches = new object[]
            {
                new
                {
                    coach = "A1",
                    @class = "2A",
                    seats,
                    fare_per_km = 1.9,
                },
                new
                {
                    coach = "B1",
                    @class = "3A",
                    seats = 1,
                    fare_per_km = 1.35,
                },
            },
        };

    public object Wish(string[]? passengers = null, string @class = "2A", string? from = null, string? to = null) =>
        new
        {
            from = from ?? From,
            to = to ?? To,
            @class,
            passengers = passengers ?? ["Ada Lovelace"],
        };

    public Task<ApiResponse> BuyAsync(object wish, Person? person = null, string? key = null) =>
        Api.SendAsync(
            HttpMethod.Post,
            Tickets,
            (person ?? Traveler).Token,
            System.Net.Http.Json.JsonContent.Create(wish, wish.GetType()),
            key is null ? [] : [("Idempotency-Key", key)]
        );
}
