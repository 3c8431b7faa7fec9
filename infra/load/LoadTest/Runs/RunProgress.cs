using System.Diagnostics;
using System.Globalization;

namespace FunctionsApp.LoadTest.Runs;

/// <summary>Shows on standard error what is being done: on a terminal as a line that is rewritten every second.</summary>
sealed class RunProgress : IAsyncDisposable
{
    const int BarWidth = 20;

    readonly Lock turn = new();
    readonly bool terminal = !Console.IsErrorRedirected;
    readonly CancellationTokenSource stop = new();
    readonly Task refreshing;
    readonly int steps;
    int step;
    string work = "",
        doing = "",
        shown = "";
    double seconds;
    long since;

    /// <param name="steps">How many kinds of work there are.</param>
    public RunProgress(int steps)
    {
        this.steps = steps;
        refreshing = terminal ? RefreshAsync() : Task.CompletedTask;
    }

    /// <summary>Something begins.</summary>
    /// <param name="of">The kind of work, or what else it belongs to.</param>
    /// <param name="duration">How many seconds it takes; 0 if unknown.</param>
    public void Begin(string of, string what, double duration = 0)
    {
        lock (turn)
        {
            if (work != of)
                step++;
            (work, doing, seconds, since) = (of, what, duration, Stopwatch.GetTimestamp());
            Draw();
        }
    }

    /// <summary>A line that stays.</summary>
    public void Report(string line)
    {
        lock (turn)
        {
            Clear();
            Console.Error.WriteLine(line);
            Draw();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await refreshing;
        lock (turn)
            Clear();
        stop.Dispose();
    }

    async Task RefreshAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token))
            {
                lock (turn)
                    Draw();
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    void Draw()
    {
        if (!terminal || work.Length == 0)
            return;
        Clear();
        var elapsed = Stopwatch.GetElapsedTime(since).TotalSeconds;
        var bar = "";
        if (seconds > 0)
        {
            var filled = (int)(Math.Min(1, elapsed / seconds) * BarWidth);
            bar = $" [{new string('#', filled)}{new string('.', BarWidth - filled)}]";
        }

        shown = string.Create(CultureInfo.InvariantCulture, $"{Math.Min(step, steps)}/{steps} {work}: {doing}{bar} {elapsed:0} s");
        Console.Error.Write(shown);
    }

    void Clear()
    {
        if (terminal && shown.Length > 0)
            Console.Error.Write($"\r{new string(' ', shown.Length)}\r");
        shown = "";
    }
}
