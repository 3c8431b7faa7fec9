using System.Collections.Concurrent;
using Functions.Tests.Servers;
using Microsoft.Playwright;

namespace Functions.Tests.Docs;

public sealed class DocsPageTests(TestServers servers, Browser browser)
{
    [Fact]
    public async Task A_newcomer_signs_up_logs_in_and_sees_the_account_on_the_page_which_asks_nobody_else()
    {
        var api = await servers.SharedAsync();
        var name = Unique.Name();
        var page = await browser.NewPageAsync();
        var requests = new ConcurrentQueue<Uri>();
        page.Context.Request += (_, request) => requests.Enqueue(new Uri(request.Url));
        await page.GotoAsync(new Uri(api.Address, api.IsKestrel ? "/" : "/v1/docs").ToString());

        await OpenAsync(page, "#tag/accounts", "#tag/accounts/POST/signup", "Test Request (post /signup)");
        var body = page.GetByRole(AriaRole.Dialog).Locator("[contenteditable]").Filter(new() { HasText = "correct horse battery" });
        await body.ClickAsync();
        await page.Keyboard.PressAsync("ControlOrMeta+A");
        await page.Keyboard.InsertTextAsync($$"""{"username": "{{name}}", "password": "{{Person.FirstPassword}}"}""");
        await SendAsync(page, "/v1/signup");
        await page.Keyboard.PressAsync("Escape");

        await page.Locator("a[href='#description/introduction']").First.ClickAsync();
        await page.GetByLabel("Username", new() { Exact = true }).First.FillAsync(name);
        await page.GetByLabel("Password", new() { Exact = true }).First.FillAsync(Person.FirstPassword);
        var login = await page.RunAndWaitForResponseAsync(
            () => page.GetByRole(AriaRole.Button, new() { Name = "Authorize" }).First.ClickAsync(), response => response.Url.EndsWith("/v1/login", StringComparison.Ordinal));
        Assert.Equal(200, login.Status);
        await page.GetByLabel("Access Token", new() { Exact = true }).First.WaitForAsync();

        await OpenAsync(page, "#tag/my-account", "#tag/my-account/GET/users/me", "Test Request (get /users/me)");
        await SendAsync(page, "/v1/users/me");
        await page.GetByRole(AriaRole.Dialog).GetByText(name).First.WaitForAsync();

        Assert.All(requests.Where(request => request.Scheme is "http" or "https" or "ws" or "wss"), request => Assert.Equal(api.Address.Authority, request.Authority));
    }

    // The group in the side bar, the operation in it, and the button that opens the page's client.
    static async Task OpenAsync(IPage page, string group, string operation, string button)
    {
        var link = page.Locator($"a[href='{operation}']").First;
        await page.Locator($"a[href='{group}']").First.WaitForAsync();
        if (!await link.IsVisibleAsync()) await page.Locator($"a[href='{group}']").First.ClickAsync();
        await link.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
    }

    static async Task SendAsync(IPage page, string path)
    {
        var answer = await page.RunAndWaitForResponseAsync(
            () => page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Send" }).First.ClickAsync(), response => response.Url.EndsWith(path, StringComparison.Ordinal));
        Assert.Equal(200, answer.Status);
    }
}
