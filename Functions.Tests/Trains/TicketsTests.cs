using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Trains;

public sealed class TicketsTests(TestServers servers)
{
    [Fact]
    public async Task A_code_is_accepted_once_and_then_refused_with_the_time_and_place_of_its_use()
    {
        var story = await TrainStory.BeginAsync(servers);
        var inspector = await story.Api.NewPersonAsync(role: "inspector");
        var ticket = (await story.BuyAsync(story.Wish(["Ada", "Grace"]))).Is(201);
        var code = ticket.Text("code");

        var verified = (await inspector.PostAsync("/tickets/verify", new { code, place = "Platform 4" })).Is(200);

        Assert.Equal((ticket.Text("id"), "Platform 4"), (verified.Text("id"), verified.Text("place")));
        Assert.Equal(["A1-1", "A1-2"], verified.Json.GetProperty("seats").EnumerateArray().Select(seat => seat.GetString()));
        Assert.Equal(["Ada", "Grace"], verified.Json.GetProperty("passengers").EnumerateArray().Select(name => name.GetString()));
        var detail = (await story.Admin.PostAsync("/tickets/verify", new { code })).IsProblem(409).Text("detail");
        Assert.Contains(
            $"{verified.Json.GetProperty("used_at").GetDateTime():yyyy-MM-dd'T'HH:mm:ss'Z'}, Platform 4",
            detail,
            StringComparison.Ordinal
        );
        (await story.Traveler.DeleteAsync($"{story.Tickets}/{ticket.Text("id")}")).IsProblem(409);
        Assert.NotNull((await story.Traveler.GetAsync($"{story.Tickets}/{ticket.Text("id")}")).Is(200).Text("used_at"));
    }

    [Fact]
    public async Task Seats_and_passengers_of_a_verified_ticket_are_those_of_the_ticket_and_not_of_the_code()
    {
        var story = await TrainStory.BeginAsync(servers);
        var ticket = (await story.BuyAsync(story.Wish(["Ada", "Grace"]))).Is(201);
        await story.Api.ExecuteAsync(
            "update train_tickets set seats = array[seats[2]], passengers = array['Grace'] where id = @id",
            ("id", Guid.Parse(ticket.Text("id")!))
        );

        var verified = (await story.Admin.PostAsync("/tickets/verify", new { code = ticket.Text("code") })).Is(200);

        Assert.Equal(["A1-2"], verified.Json.GetProperty("seats").EnumerateArray().Select(seat => seat.GetString()));
        Assert.Equal(["Grace"], verified.Json.GetProperty("passengers").EnumerateArray().Select(name => name.GetString()));
    }

    [Fact]
    public async Task A_code_signed_elsewhere_is_422()
    {
        var story = await TrainStory.BeginAsync(servers);
        var code = (await story.BuyAsync(story.Wish())).Is(201).Text("code");

        foreach (
            var forged in new[]
            {
                "",
                "x",
                "a.b.c",
                code[..^1],
                code[1..],
                $"{code}A",
                code[..^10] + new string('A', 10),
                new string('A', 5000),
                "eyJhbGciOiJub25lIn0" + code[code.IndexOf('.')..],
            }
        )
        {
            (await story.Admin.PostAsync("/tickets/verify", new { code = forged })).IsProblem(422);
        }

        (await story.Admin.PostAsync("/tickets/verify", new { code, place = new string('x', 300) })).IsProblem(400, "place");
        (await story.Admin.PostAsync("/tickets/verify", new { code, place = "a\u0000b" })).IsProblem(400, "place");
        (await story.Admin.PostAsync("/tickets/verify", "{}")).IsProblem(400, "code");
        (await story.Admin.PostAsync("/tickets/verify", new { code })).Is(200);
    }

    [Fact]
    public async Task Users_may_not_verify()
    {
        var story = await TrainStory.BeginAsync(servers);
        var code = (await story.BuyAsync(story.Wish())).Is(201).Text("code");

        (await story.Traveler.PostAsync("/tickets/verify", new { code })).IsProblem(403);
        (await story.Api.PostAsync("/tickets/verify", new { code })).IsProblem(401);
    }

    [Fact]
    public async Task The_code_is_returned_as_an_image()
    {
        var story = await TrainStory.BeginAsync(servers);
        var ticket = (await story.BuyAsync(story.Wish())).Is(201);

        var picture = (await story.Traveler.GetAsync($"{story.Tickets}/{ticket.Text("id")}/qr")).Is(200);

        Assert.Equal("image/svg+xml", picture.MediaType);
        Assert.Equal("svg", System.Xml.Linq.XDocument.Parse(picture.Body).Root!.Name.LocalName);
    }

    [Fact]
    public async Task The_ticket_of_another_user_is_404_and_an_administrator_can_only_cancel_it()
    {
        var story = await TrainStory.BeginAsync(servers);
        var path = $"{story.Tickets}/{(await story.BuyAsync(story.Wish())).Is(201).Text("id")}";
        foreach (var other in new[] { await story.Api.NewPersonAsync(), story.Admin })
        {
            (await other.GetAsync(path)).IsProblem(404);
            (await other.GetAsync($"{path}/qr")).IsProblem(404);
            if (other != story.Admin)
                (await other.DeleteAsync(path)).IsProblem(404);
            Assert.Empty((await other.GetAsync("/tickets")).Is(200).Items);
        }

        Assert.Equal("confirmed", (await story.Traveler.GetAsync(path)).Is(200).Text("status"));
        (await story.Traveler.GetAsync($"{story.Tickets}/{Guid.CreateVersion7()}")).IsProblem(404);
        Assert.Equal("cancelled", (await story.Admin.DeleteAsync(path)).Is(200).Text("status"));
        Assert.Equal("cancelled", (await story.Traveler.GetAsync(path)).Is(200).Text("status"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(100)]
    public async Task Pages_list_every_ticket_of_the_user_once_newest_first(int limit)
    {
        var story = await TrainStory.BeginAsync(servers);
        List<string> bought = [];
        for (var i = 0; i < 5; i++)
            bought.Add((await story.BuyAsync(story.Wish())).Is(201).Text("id"));

        List<string> seen = [];
        string? cursor = null;
        do
        {
            var page = (await story.Traveler.GetAsync($"/tickets?limit={limit}{(cursor is null ? "" : $"&cursor={cursor}")}")).Is(200);
            Assert.InRange(page.Items.Length, 1, limit);
            Assert.All(
                page.Items,
                one =>
                    Assert.Equal(
                        ("train", one.GetProperty("id").GetString()),
                        (one.GetProperty("kind").GetString(), one.GetProperty("train").GetProperty("id").GetString())
                    )
            );
            seen.AddRange(page.Items.Select(one => one.GetProperty("id").GetString()!));
            cursor = page.NextCursor;
        } while (cursor is not null);

        Assert.Equal(Enumerable.Reverse(bought), seen);
        (await story.Traveler.GetAsync("/tickets?limit=101")).IsProblem(400, "limit");
        (await story.Traveler.GetAsync("/tickets?cursor=x")).IsProblem(400, "cursor");
    }
}
