using System.Collections.Concurrent;
using System.Text.Json;
using FunctionsApp.Functions.Tests.Servers;
using Microsoft.Playwright;

namespace FunctionsApp.Functions.Tests.Docs;

public sealed class DocsPageTests(TestServers servers, Browser browser)
{
    [Fact]
    public async Task A_new_user_signs_up_and_logs_in_on_the_page_which_uses_no_other_server()
    {
        var api = await servers.SharedAsync();
        var name = Unique.Name();
        var requests = new ConcurrentQueue<Uri>();
        var docs = await DocsPage.OpenAsync(
            browser,
            api,
            api.IsKestrel ? "/" : "/v1/docs",
            page => page.Context.Request += (_, request) => requests.Enqueue(new Uri(request.Url))
        );

        await docs.SendBodyAsync(
            200,
            "POST /signup",
            "correct horse battery",
            $$"""{"username": "{{name}}", "password": "{{Person.FirstPassword}}"}"""
        );
        await docs.CloseClientAsync();
        await docs.AuthorizeAsync(name, Person.FirstPassword);
        await docs.SendAsync(200, "GET /users/me");
        await docs.Page.GetByRole(AriaRole.Dialog).GetByText(name).First.WaitForAsync();

        Assert.All(
            requests.Where(request => request.Scheme is "http" or "https" or "ws" or "wss"),
            request => Assert.Equal(api.Address.Authority, request.Authority)
        );
    }

    // A separate server, because the prefilled username can be used only once.
    [Fact]
    public async Task The_main_requests_of_every_section_succeed_with_the_prefilled_values()
    {
        await using var server = await servers.StartAsync();
        var admin = await server.Api.NewAdminAsync();
        var requests = new ConcurrentQueue<IRequest>();

        var forAdmin = await OpenAsync();
        await forAdmin.AuthorizeAsync(admin.Name, Person.FirstPassword);
        foreach (
            var (status, operation) in new[]
            {
                (201, "POST /users"),
                (201, "POST /trains"),
                (200, "PUT /prices"),
                (200, "POST /prices/import"),
            }
        )
        {
            await SendAsync(forAdmin, status, operation);
        }

        var lot = (await SendAsync(forAdmin, 201, "POST /parking-lots")).GetProperty("id").GetString()!;

        var docs = await OpenAsync();
        var signup = await docs.SendAsync(200, "POST /signup");
        var account = JsonElement.Parse(signup.Request.PostData!);
        await docs.CloseClientAsync();
        await docs.AuthorizeAsync(account.GetProperty("username").GetString()!, account.GetProperty("password").GetString()!);
        foreach (var operation in new[] { "POST /login", "GET /users/me", "PATCH /users/me" })
            await SendAsync(docs, 200, operation);

        var run = (await SendAsync(docs, 200, "GET /trains")).GetProperty("items").EnumerateArray().Single().GetProperty("id").GetString()!;
        var ticket = await SendAsync(docs, 201, "POST /trains/{id}/tickets", ("id", run));
        Assert.Equal("confirmed", ticket.GetProperty("status").GetString());

        var stay = (await SendAsync(docs, 201, "POST /parking-lots/{id}/tickets", ("id", lot))).GetProperty("id").GetString()!;
        await SendAsync(docs, 200, "POST /parking-lots/{id}/tickets/{ticket}/exit", ("id", lot), ("ticket", stay));
        Assert.Equal(2, (await SendAsync(docs, 200, "GET /tickets")).GetProperty("items").GetArrayLength());

        await SendAsync(docs, 201, "POST /ledger/entries");
        Assert.True((await SendAsync(docs, 200, "POST /ledger/import")).GetProperty("added").GetInt32() > 0);
        Assert.NotEmpty((await SendAsync(docs, 200, "GET /portfolio")).GetProperty("holdings").EnumerateArray());

        var document = (await server.Api.GetAsync("/openapi.json")).Is(200).Json;
        Assert.Equal(
            document.GetProperty("tags").EnumerateArray().Select(tag => tag.GetProperty("name").GetString()).Order(),
            forAdmin.Sections.Union(docs.Sections).Order()
        );
        // Any value of these would make a request fail that does not depend on earlier ones.
        string[] headers = ["if-match", "if-none-match", "idempotency-key"];
        Assert.DoesNotContain(requests, request => headers.Any(request.Headers.ContainsKey));

        Task<DocsPage> OpenAsync() =>
            DocsPage.OpenAsync(browser, server.Api, prepare: page => page.Context.Request += (_, request) => requests.Enqueue(request));
    }

    [Fact]
    public async Task Refresh_repeatedly_gets_new_tokens_that_the_next_request_uses()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        var docs = await DocsPage.OpenAsync(browser, api);
        await docs.AuthorizeAsync(person.Name, Person.FirstPassword);

        // A refresh token can be used once, so the second refresh shows that the page has stored the new one.
        await docs.RefreshAsync("/token/refresh");
        await docs.RefreshAsync("/token/refresh");
        // Without a refresh URL the page uses the token endpoint.
        await docs.ClearRefreshUrlAsync();
        var pair = await docs.RefreshAsync("/login");

        var me = await docs.SendAsync(200, "GET /users/me");
        Assert.Equal($"Bearer {pair.GetProperty("access_token").GetString()}", await me.Request.HeaderValueAsync("authorization"));
        Assert.Equal(person.Name, JsonElement.Parse(await me.TextAsync()).GetProperty("username").GetString());
    }

    static async Task<JsonElement> SendAsync(DocsPage docs, int status, string operation, params (string Name, string Value)[] ids)
    {
        var response = JsonElement.Parse(await (await docs.SendAsync(status, operation, ids)).TextAsync());
        await docs.CloseClientAsync();
        return response;
    }
}
