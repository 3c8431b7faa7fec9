using System.Diagnostics;
using System.Globalization;
using FunctionsApp.Core.Tests;

[assembly: AssemblyFixture(typeof(ParentWatch))]

namespace FunctionsApp.Core.Tests;

/// <summary>
/// Ends this test program when the <c>dotnet test</c> that started it was killed: the program would run on, with its servers, for a result
/// that is not read. What it started ends with it. Only Linux shows the parent of a process in a file; elsewhere nothing is watched.
/// </summary>
public sealed class ParentWatch : IAsyncDisposable
{
    /// <summary>Set to watch the parent although it is not <c>dotnet test</c>.</summary>
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
