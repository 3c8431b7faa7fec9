using System.Text.Json.Nodes;
using FunctionsApp.Functions.Tests.Conventions;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Trains;

public sealed class TrainsEndpoints : IEndpoints
{
    public IEnumerable<Endpoint> Endpoints =>
        [
            new(
                HttpMethod.Post,
                "/trains",
                ["number", "name"],
                Others: """{"service_date": "2190-01-01", "stops": [{"station": "A", "distance_km": 0},"""
                    + """ {"station": "B", "distance_km": 1}],"""
                    + """ "coaches": [{"coach": "A1", "class": "2A", "seats": 9, "fare_per_km": 1}]}"""
            ),
            new(HttpMethod.Post, "/trains/{run}/tickets", ["from", "to", "class"], Others: """{"passengers": ["Ada"]}"""),
            new(HttpMethod.Post, "/tickets/verify", ["code", "place"]) { PrepareAsync = BuyTicketAsync },
        ];

    static async Task BuyTicketAsync(Person admin, JsonObject body)
    {
        var purchase = Endpoint.All.Single(endpoint => endpoint.Path == "/trains/{run}/tickets");
        var ticket = await admin.PostAsync(await purchase.PathAsync(admin), (await purchase.BodyAsync(admin)).ToJsonString());
        body["code"] = ticket.Is(201).Text("code");
        body["place"] = "Coach A1";
    }
}
