using System.Text.Json;
using FunctionsApp.Functions.Tests.Servers;
using Microsoft.Playwright;

namespace FunctionsApp.Functions.Tests.Docs;

/// <summary>The documentation page of a server in a browser, operated through its side bar, forms and buttons.</summary>
sealed class DocsPage
{
    readonly IReadOnlyDictionary<string, string> tags;

    DocsPage(IPage page, IReadOnlyDictionary<string, string> tags) => (Page, this.tags) = (page, tags);

    public IPage Page { get; }

    /// <summary>The sections of the document in which a request was sent.</summary>
    public HashSet<string> Sections { get; } = [];

    // The client that opens over the page.
    ILocator Client => Page.GetByRole(AriaRole.Dialog);

    ILocator AccessToken => Page.GetByLabel("Access Token", new() { Exact = true }).First;

    /// <summary>Opens the page in an isolated window.</summary>
    /// <param name="browser">The browser.</param>
    /// <param name="api">The server.</param>
    /// <param name="path">The path of the page, or one that redirects to it.</param>
    /// <param name="prepare">Called with the empty page, before anything is requested.</param>
    public static async Task<DocsPage> OpenAsync(Browser browser, Api api, string path = "/v1/docs", Action<IPage>? prepare = null)
    {
        var page = await browser.NewPageAsync();
        prepare?.Invoke(page);
        await page.GotoAsync(new Uri(api.Address, path).ToString());
        var document = (await api.GetAsync("/openapi.json")).Is(200).Json;
        var tags =
            from item in document.GetProperty("paths").EnumerateObject()
            from operation in item.Value.EnumerateObject()
            select ($"{operation.Name.ToUpperInvariant()} {item.Name}", operation.Value.GetProperty("tags")[0].GetString()!);
        return new(page, tags.ToDictionary());
    }

    /// <summary>Logs in with the form under "Authentication".</summary>
    public async Task AuthorizeAsync(string username, string password)
    {
        await OpenIntroductionAsync();
        await Page.GetByLabel("Username", new() { Exact = true }).First.FillAsync(username);
        await Page.GetByLabel("Password", new() { Exact = true }).First.FillAsync(password);
        var login = await PressAsync(Page.Locator("body"), "Authorize", "POST", "/login");
        Assert.True(login.Status == 200, await DescribeAsync(login));
        await AccessToken.WaitForAsync();
    }

    /// <summary>Presses Refresh under "Authentication" and waits until the page has the new access token.</summary>
    /// <returns>The successful response.</returns>
    public async Task<JsonElement> RefreshAsync(string path)
    {
        await OpenIntroductionAsync();
        var refreshed = await PressAsync(Page.Locator("body"), "Refresh", "POST", path);
        Assert.True(refreshed.Status == 200, await DescribeAsync(refreshed));
        Assert.Contains("grant_type=refresh_token&", refreshed.Request.PostData, StringComparison.Ordinal);
        var pair = JsonElement.Parse(await refreshed.TextAsync());
        var token = pair.GetProperty("access_token").GetString()!;
        await Assertions.Expect(AccessToken).ToHaveValueAsync(token, new() { Timeout = Browser.Timeout });
        return pair;
    }

    /// <summary>Clears the field "Refresh URL" under "Authentication".</summary>
    public async Task ClearRefreshUrlAsync()
    {
        await OpenIntroductionAsync();
        var url = Page.GetByLabel("Refresh URL", new() { Exact = true }).First;
        await url.ClickAsync();
        await Page.Keyboard.PressAsync("ControlOrMeta+A");
        await Page.Keyboard.PressAsync("Delete");
    }

    /// <summary>Opens an operation in the client and sends it as prefilled. Asserts the status and that the client shows it.</summary>
    /// <param name="status">The expected status.</param>
    /// <param name="operation">The method and path in the document, such as <c>GET /trains/{id}</c>.</param>
    /// <param name="ids">The values of the path's parameters, which have no examples.</param>
    /// <returns>The response.</returns>
    public async Task<IResponse> SendAsync(int status, string operation, params (string Name, string Value)[] ids)
    {
        await OpenClientAsync(operation);
        foreach (var (name, value) in ids)
        {
            var row = Client.GetByRole(AriaRole.Row, new() { Name = $"Include {name} in request" });
            await row.GetByRole(AriaRole.Combobox, new() { Name = "Value" }).ClickAsync();
            await Page.Keyboard.InsertTextAsync(value);
        }

        return await SendOpenAsync(status, operation, ids);
    }

    /// <summary>Sends an operation with a different body than the prefilled one.</summary>
    /// <param name="status">The expected status.</param>
    /// <param name="operation">The method and the path.</param>
    /// <param name="filledIn">A text in the prefilled body.</param>
    /// <param name="body">The body to send.</param>
    public async Task<IResponse> SendBodyAsync(int status, string operation, string filledIn, string body)
    {
        await OpenClientAsync(operation);
        await Client.Locator("[contenteditable]").Filter(new() { HasText = filledIn }).ClickAsync();
        await Page.Keyboard.PressAsync("ControlOrMeta+A");
        await Page.Keyboard.InsertTextAsync(body);
        return await SendOpenAsync(status, operation);
    }

    // The group in the side bar, the operation in it, and the button that opens the client.
    async Task OpenClientAsync(string operation)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(operation);
        var (method, path) = Split(operation);
        var tag = tags[operation];
        Sections.Add(tag);
        var section = $"#tag/{tag.ToLowerInvariant().Replace(' ', '-')}";
        var group = Page.Locator($"a[href='{section}']").First;
        var link = Page.Locator($"a[href='{section}/{method}{path}']").First;
        await group.WaitForAsync();
        if (!await link.IsVisibleAsync())
            await group.ClickAsync();
        await link.ClickAsync();
        var button = $"Test Request ({method.ToLowerInvariant()} {path})";
        await Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
    }

    async Task<IResponse> SendOpenAsync(int status, string operation, params (string Name, string Value)[] ids)
    {
        var (method, path) = Split(operation);
        foreach (var (name, value) in ids)
            path = path.Replace($"{{{name}}}", value, StringComparison.Ordinal);
        var response = await PressAsync(Client, "Send", method, path);
        Assert.True(response.Status == status, await DescribeAsync(response));
        var shown = Client.GetByRole(AriaRole.Region, new() { Name = "Response" });
        await shown.GetByText($"{status} {response.StatusText}").First.WaitForAsync();
        return response;
    }

    /// <summary>Closes the client, so that the page can be used again.</summary>
    public async Task CloseClientAsync()
    {
        await Client.GetByRole(AriaRole.Button, new() { Name = "Close Client" }).First.ClickAsync();
        await Client.WaitForAsync(new() { State = WaitForSelectorState.Hidden });
    }

    Task OpenIntroductionAsync() => Page.Locator("a[href='#description/introduction']").First.ClickAsync();

    async Task<IResponse> PressAsync(ILocator within, string button, string method, string path) =>
        await Page.RunAndWaitForResponseAsync(
            () => within.GetByRole(AriaRole.Button, new() { Name = button }).First.ClickAsync(),
            response => response.Request.Method == method && new Uri(response.Url).AbsolutePath == Api.Prefix + path
        );

    static (string Method, string Path) Split(string operation) => (operation.Split(' ')[0], operation.Split(' ')[1]);

    static async Task<string> DescribeAsync(IResponse response) =>
        $"{response.Request.Method} {response.Url} → {response.Status}\n{response.Request.PostData}\n{await response.TextAsync()}";
}
