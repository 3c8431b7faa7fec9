using FunctionsApp.Core.Tests;
using FunctionsApp.Functions.Tests.Servers;
using FunctionsApp.Functions.Tests.Trains;

namespace FunctionsApp.Functions.Tests.Accounts;

/// <summary>What happens to the tickets, stays and entries of an account that is deleted.</summary>
public sealed class AccountDeletionTests(TestServers servers)
{
    [Fact]
    public async Task Tickets_are_cancelled_stays_can_be_ended_and_nothing_personal_is_kept()
    {
        var story = await TrainStory.BeginAsync(servers);
        var (api, leaving) = (story.Api, story.Traveler);
        var waiting = await api.NewPersonAsync();
        var lot = $"/parking-lots/{(await story.Admin.PostAsync("/parking-lots", Lot())).Is(201).Text("id")}";
        var passenger = $"Passenger of {leaving.Name}";
        var ticket = (await story.BuyAsync(story.Wish([passenger], "3A"))).Is(201);
        Assert.Equal("confirmed", ticket.Text("status"));
        var waitlisted = (await story.BuyAsync(story.Wish(@class: "3A"), waiting)).Is(201);
        Assert.Equal("waitlisted", waitlisted.Text("status"));
        var stay = (await leaving.PostAsync($"{lot}/tickets", new { plate = "ERASE 1", vehicle = "car" })).Is(201).Text("id");
        (
            await leaving.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "deposit",
                    at = "2024-01-02",
                    amount = 100,
                }
            )
        ).Is(201);

        (await leaving.DeleteAccountAsync()).Is(204);

        // Done by the server on its own, within seconds.
        await api.PollAsync($"{story.Tickets}/{waitlisted.Text("id")}", response => response.Text("status") == "confirmed", waiting.Token);
        await Waiting.UntilAsync(
            "the account's entries are erased",
            async () =>
                await CountAsync(
                    "select (select count(*) from ledger_entries where user_id = @id) + (select count(*) from instruments where "
                        + "user_id = @id)"
                ) == 0
        );
        Assert.Equal(
            1,
            await CountAsync(
                "select count(*) from train_tickets where user_id = @id and status = 'cancelled' and passengers = '{(erased)}'"
            )
        );
        Assert.Equal(0, await CountAsync("select count(*) from users where id = @id"));
        Assert.Equal(0, await api.ReadAsync<long>("select count(*) from train_tickets where @name = any(passengers)", ("name", passenger)));
        (await leaving.GetAsync("/tickets")).IsProblem(401);

        // The vehicle is still there.
        (await waiting.PostAsync($"{lot}/tickets/{stay}/exit")).IsProblem(404);
        (await story.Admin.PostAsync($"{lot}/tickets/{stay}/exit")).Is(200);
        Assert.Equal(0, await api.ReadAsync<long>("select count(*) from parking_tickets where plate = 'ERASE1' or plate = 'ERASE 1'"));

        Task<long> CountAsync(string sql) => api.ReadAsync<long>(sql, ("id", leaving.Id));
    }

    static object Lot()
    {
        var rate = new
        {
            grace_minutes = 15,
            first_hour = 2,
            further_hour = 2,
            day_cap = 18,
        };
        return new
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
                motorcycle = rate,
                car = rate,
                truck = rate,
            },
        };
    }
}
