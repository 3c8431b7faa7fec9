using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Accounts;

public sealed class PagingTests(TestServers servers)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(100)]
    public async Task Pages_show_every_session_exactly_once(int limit)
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        for (var i = 0; i < 7; i++)
            await person.LoginAsync();

        var pages = await PagesAsync(person, "/users/me/sessions", limit);

        Assert.All(pages.SkipLast(1), page => Assert.Equal(limit, page.Length));
        Assert.NotEmpty(pages[^1]);
        var ids = pages.SelectMany(page => page).ToList();
        Assert.Equal(8, ids.Distinct().Count());
        Assert.Equal(8, ids.Count);
        Assert.Equal(ids.OrderDescending(StringComparer.Ordinal), ids);
    }

    [Fact]
    public async Task Pages_show_every_user_exactly_once_while_others_sign_up()
    {
        var api = await servers.SharedAsync();
        var admin = await api.NewAdminAsync();
        var before = new List<Guid>();
        for (var i = 0; i < 6; i++)
            before.Add((await api.NewPersonAsync()).Id);

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = (await admin.GetAsync($"/users?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}")).Is(200);
            seen.AddRange(page.Items.Select(one => one.GetProperty("id").GetString()!));
            cursor = page.NextCursor;
            await api.PostAsync("/signup", new { username = Unique.Name(), password = Person.FirstPassword });
        } while (cursor is not null && !seen.Contains(before[0].ToString()));

        Assert.All(before, id => Assert.Single(seen, one => one == id.ToString()));
        Assert.Equal(seen.Count, seen.Distinct().Count());
    }

    [Fact]
    public async Task A_page_has_20_items_by_default()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        for (var i = 0; i < 20; i++)
            await person.LoginAsync();

        var page = (await person.GetAsync("/users/me/sessions")).Is(200);

        Assert.Equal(20, page.Items.Length);
        Assert.NotNull(page.NextCursor);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("101")]
    [InlineData("x")]
    [InlineData("1.5")]
    [InlineData("")]
    [InlineData("99999999999")]
    public async Task A_limit_that_is_not_1_to_100_is_400(string limit)
    {
        var api = await servers.SharedAsync();
        var admin = await api.NewAdminAsync();

        foreach (var list in new[] { "/users", "/users/me/sessions", "/users/me/events" })
        {
            (await admin.GetAsync($"{list}?limit={limit}")).IsProblem(400, "limit");
        }
    }

    [Fact]
    public async Task A_cursor_with_any_character_changed_is_400()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        var cursor = (await person.GetAsync("/users/me/events?limit=1")).Is(200).NextCursor!;
        (await person.GetAsync($"/users/me/events?cursor={cursor}")).Is(200);

        for (var i = 0; i < cursor.Length; i++)
        {
            var changed = $"{cursor[..i]}{(cursor[i] == 'A' ? 'B' : 'A')}{cursor[(i + 1)..]}";
            (await person.GetAsync($"/users/me/events?cursor={changed}")).IsProblem(400, "cursor");
        }
    }

    [Fact]
    public async Task A_cursor_of_another_list_or_a_forged_cursor_is_400()
    {
        var api = await servers.SharedAsync();
        var admin = await api.NewAdminAsync();
        await admin.LoginAsync();
        string[] lists = ["/users", "/users/me/sessions", "/users/me/events"];

        foreach (var from in lists)
        {
            var cursor = (await admin.GetAsync($"{from}?limit=1")).Is(200).NextCursor!;
            foreach (var to in lists.Except([from]))
                (await admin.GetAsync($"{to}?cursor={cursor}")).IsProblem(400, "cursor");
            (await admin.GetAsync($"{from}?cursor={cursor[..^1]}")).IsProblem(400, "cursor");
            (await admin.GetAsync($"{from}?cursor={cursor}A")).IsProblem(400, "cursor");
        }

        foreach (var wrong in new[] { "", "x", "%00", "%20", Guid.CreateVersion7().ToString(), "%F0%9F%A6%80", "'%20or%201=1--" })
        {
            (await admin.GetAsync($"/users?cursor={wrong}")).IsProblem(400, "cursor");
        }
    }

    static async Task<List<string[]>> PagesAsync(Person person, string list, int limit)
    {
        var pages = new List<string[]>();
        string? cursor = null;
        do
        {
            var page = (await person.GetAsync($"{list}?limit={limit}{(cursor is null ? "" : $"&cursor={cursor}")}")).Is(200);
            pages.Add([.. page.Items.Select(one => one.GetProperty("id").GetString()!)]);
            cursor = page.NextCursor;
        } while (cursor is not null);
        return pages;
    }
}
