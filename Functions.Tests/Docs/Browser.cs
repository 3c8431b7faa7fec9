using FunctionsApp.Functions.Tests.Docs;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Browser))]

namespace FunctionsApp.Functions.Tests.Docs;

/// <summary>The installed Chromium, started by the first test that needs it; <c>FUNCTIONSAPP_TEST_CHROMIUM</c> overrides it.</summary>
public sealed class Browser : IAsyncDisposable
{
    /// <summary>The timeout of a step on a page, in milliseconds.</summary>
    public const float Timeout = 60_000;

    static readonly string[] Names =
    [
        "chromium-headless-shell",
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
        "chrome",
        "chrome.exe",
        "msedge.exe",
    ];

    readonly Lazy<Task<(IPlaywright Playwright, IBrowser Chromium)>> started = new(StartAsync);

    /// <summary>The path of Chromium; null if it is not installed.</summary>
    public static string? Program { get; } =
        Environment.GetEnvironmentVariable("FUNCTIONSAPP_TEST_CHROMIUM") is { Length: > 0 } named
            ? named
            : Names
                .SelectMany(name =>
                    (Environment.GetEnvironmentVariable("PATH") ?? "")
                        .Split(Path.PathSeparator)
                        .Select(folder => Path.Combine(folder, name))
                )
                .FirstOrDefault(File.Exists);

    /// <summary>Opens a page in an isolated window.</summary>
    public async Task<IPage> NewPageAsync()
    {
        Assert.SkipWhen(
            Program is null,
            "There is no Chromium on PATH. Install one (Debian: apt-get install chromium) or name it in FUNCTIONSAPP_TEST_CHROMIUM."
        );
        var context = await (await started.Value).Chromium.NewContextAsync(
            new()
            {
                ViewportSize = new() { Width = 1400, Height = 1000 },
            }
        );
        context.SetDefaultTimeout(Timeout);
        return await context.NewPageAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!started.IsValueCreated || !started.Value.IsCompletedSuccessfully)
            return;
        var (playwright, chromium) = await started.Value;
        await chromium.DisposeAsync();
        playwright.Dispose();
    }

    static async Task<(IPlaywright, IBrowser)> StartAsync()
    {
        var playwright = await Playwright.CreateAsync();
        // Chromium's sandbox refuses to run under root.
        return (
            playwright,
            await playwright.Chromium.LaunchAsync(
                new() { ExecutablePath = Program, Args = Environment.UserName == "root" ? ["--no-sandbox"] : [] }
            )
        );
    }
}
