using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Checker;

/// <summary>What the clients share: small enough that they get in each other's way.</summary>
sealed record TicketWorld(IReadOnlyList<Guid> Runs, Guid Lot, IReadOnlyList<(Guid Id, string Token)> People, string Inspector)
{
    public static readonly string[] Stops = ["A", "B", "C", "D", "E", "F"],
        Classes = ["2A", "3A"];

    const int RunCount = 3,
        PersonCount = 8;

    public static async Task<TicketWorld> MakeAsync(Api api)
    {
        var admin = await api.NewAdminAsync();
        List<Guid> runs = [];
        for (var i = 0; i < RunCount; i++)
        {
            runs.Add((
                    await admin.PostAsync(
                        "/trains",
                        new
                        {
                            number = $"{i}",
                            name = "Checked",
                            service_date = "2190-01-01",
                            stops = Stops.Select((station, position) => new { station, distance_km = position * 10 }),
                            coaches = new[]
                            {
                                new
                                {
                                    coach = "A1",
                                    @class = "2A",
                                    seats = 8,
                                    fare_per_km = 2,
                                },
                                new
                                {
                                    coach = "B1",
                                    @class = "3A",
                                    seats = 6,
                                    fare_per_km = 1,
                                },
                                new
                                {
                                    coach = "B2",
                                    @class = "3A",
                                    seats = 6,
                                    fare_per_km = 1,
                                },
                            },
                        }
                    )
                ).Is(201).Json.GetProperty("id").GetGuid());
        }

        var rates = new
        {
            grace_minutes = 0,
            first_hour = 10.5,
            further_hour = 5,
            day_cap = 50,
        };
        var lot = (
            await admin.PostAsync(
                "/parking-lots",
                new
                {
                    name = "Checked",
                    spots = new
                    {
                        motorcycle = 6,
                        car = 10,
                        truck = 4,
                    },
                    rates = new
                    {
                        motorcycle = rates,
                        car = rates,
                        truck = rates,
                    },
                }
            )
        ).Is(201).Json.GetProperty("id").GetGuid();
        List<(Guid, string)> people = [];
        for (var i = 0; i < PersonCount; i++)
        {
            var person = await api.NewPersonAsync();
            people.Add((person.Id, person.Token));
        }

        return new(runs, lot, people, (await api.NewPersonAsync(role: "inspector")).Token);
    }
}
