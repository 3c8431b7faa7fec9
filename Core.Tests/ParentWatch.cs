using System.Diagnostics;
using System.Globalization;
using FunctionsApp.Core.Tests;

[assembly: AssemblyFixture(typeof(ParentWatch))]

namespace FunctionsApp.Core.Tests;

/// <summary>
/// Stops this test program, and with it everything that it started, when the <c>dotnet test</c> that started it was killed: otherwise it
/// would keep running although its results are not read. Linux only, where the parent of a process can be read from a file.
/// </summary>
public sealed class ParentWatch : IAsyncDisposable
{
    /// <summary>Watches the parent even if it is not <c>dotnet test</c>.</summary>
    internal const string Variable = "FUNCTIONSAPP_TEST_WATCH_PARENT";

    static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    readonly PeriodicTimer timer = new(Interval);
    readonly Task watching = Task.CompletedTask;

    public ParentWatch()
    {
        var isWatched =
            Environment.GetCommandLineArgs().Contains("--dotnet-test-pipe") || Environment.GetEnvironmentVariable(Variable) is not null;
        if (OperatingSystem.IsLinux() && isWatched)
            watching = WatchAsync(Parent());
    }

    public async ValueTask DisposeAsync()
    {
        timer.Dispose();
        await watching;
    }

    async Task WatchAsync(int parent)
    {
        while (await timer.WaitForNextTickAsync())
        {
            if (Parent() != parent)
                Process.GetCurrentProcess().Kill();
        }
    }

    static int Parent()
    {
        const string Label = "PPid:";
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(Label, StringComparison.Ordinal));
        return int.Parse(line[Label.Length..], CultureInfo.InvariantCulture);
    }
}
