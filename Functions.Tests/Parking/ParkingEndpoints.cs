using FunctionsApp.Functions.Tests.Conventions;

namespace FunctionsApp.Functions.Tests.Parking;

public sealed class ParkingEndpoints : IEndpoints
{
    const string Rate = """{"grace_minutes": 15, "first_hour": 2.50, "further_hour": 2, "day_cap": 18}""";

    public IEnumerable<Endpoint> Endpoints =>
        [
            new(
                HttpMethod.Post,
                "/parking-lots",
                ["name", "time_zone"],
                Others: $$"""{"spots": {"motorcycle": 0, "car": 1, "truck": 0},"""
                    + $$""" "rates": {"motorcycle": {{Rate}}, "car": {{Rate}}, "truck": {{Rate}} } }"""
            ),
            new(HttpMethod.Post, "/parking-lots/{lot}/tickets", ["plate", "vehicle"]),
        ];
}
