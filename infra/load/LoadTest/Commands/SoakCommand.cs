using System.CommandLine;
using System.Text.Json;
using FunctionsApp.Benchmark;
using FunctionsApp.Core.Database;
using FunctionsApp.LoadTest.Attacks;
using FunctionsApp.LoadTest.Runs;
using FunctionsApp.LoadTest.Service;
using FunctionsApp.LoadTest.Soak;
using FunctionsApp.LoadTest.Subjects;

namespace FunctionsApp.LoadTest.Commands;

/// <summary>Sends the mixed day for a long time, and checks that nothing fails and nothing grows.</summary>
static class SoakCommand
{
    // At most as long as an attack of this many seconds, and enough samples for a trend.
    const double LongestPart = 30,
        ShortestPart = 4;

    const int Parts = 12;

    // Of the duration, but at most this many seconds.
    const double WarmUpPart = 0.3,
        LongestWarmUp = 300;

    static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Command Create()
    {
        var target = new TargetOptions(
            "The base URL of a service that already runs. Its memory and connections are not checked. Default: a server is started with "
                + "limits."
        );
        var duration = NumberOption.Create<double>("--duration", "SECONDS", 1800, ShortestPart * 6, "How long the test takes.");
        var rate = NumberOption.Create<double>("--rate", "RATE", 20, 1, "Requests per second.");
        var growth = NumberOption.Create<double>(
            "--memory-growth",
            "PERCENT",
            10,
            1,
            "How much memory may grow after the first 30 % of the time (at most 5 minutes), along a line fitted by regression, as a part "
                + "of its mean."
        );
        var cpu = new Option<string>("--cpu") { Description = "The server's processor limit.", DefaultValueFactory = _ => "1" };
        var memory = new Option<string>("--memory") { Description = "The server's memory limit.", DefaultValueFactory = _ => "256Mi" };
        var published = new Option<string?>("--published")
        {
            Description = "Start the server published in this folder.",
            HelpName = "FOLDER",
        };
        var output = new Option<string?>("--json") { Description = "Also write the samples to this file.", HelpName = "FILE" };
        var command = new Command(
            "soak",
            "Sends a mixed day at a constant rate, and checks that no request fails, that memory is flat and that connections are stable."
        )
        {
            duration,
            rate,
            growth,
            cpu,
            memory,
            published,
            output,
        };
        target.AddTo(command);
        command.SetAction(
            async (arguments, cancellationToken) =>
            {
                var vegeta = Vegeta.Find();
                var limits = Limits.Parse(arguments.GetValue(cpu)!, arguments.GetValue(memory)!);
                var seconds = arguments.GetValue(duration)!.Value;
                var part = Math.Clamp(seconds / Parts, ShortestPart, LongestPart);
                var verdict = new SoakVerdict(
                    Math.Min(LongestWarmUp, seconds * WarmUpPart),
                    arguments.GetValue(growth)!.Value / 100,
                    PoolSizes.DefaultTotal
                );
                // Before half an hour of load.
                if (arguments.GetValue(output) is { } writable)
                    Storage.CheckFile("--json", writable);
                Storage.CheckTemporaryFolder();
                var folder = Directory.CreateTempSubdirectory("functionsapp-soak-");
                try
                {
                    await using var progress = new RunProgress(1);
                    await using var subject = await target.StartAsync(
                        arguments,
                        target.Url(arguments),
                        limits,
                        arguments.GetValue(published),
                        pods: null,
                        target.Users(arguments),
                        what => progress.Report($"{what} …"),
                        cancellationToken
                    );
                    var run = new SoakRun(subject, new(vegeta, folder.FullName), folder.FullName, progress);
                    try
                    {
                        await run.RunAsync(
                            arguments.GetValue(rate)!.Value,
                            (int)Math.Ceiling(seconds / part),
                            TimeSpan.FromSeconds(part),
                            cancellationToken
                        );
                        var problems = verdict.FindProblems(run.Samples);
                        foreach (var problem in problems)
                            await Console.Error.WriteLineAsync($"error: {problem}");
                        return problems.Count > 0 ? ExitCodes.ObjectiveMissed : ExitCodes.Ok;
                    }
                    finally
                    {
                        // Also what an interrupted test has sampled. The file is last, because writing it may fail.
                        if (run.Samples.Count > 0)
                            Console.WriteLine(verdict.Summary(run.Samples));
                        if (arguments.GetValue(output) is { } file)
                            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(run.Samples, Json), CancellationToken.None);
                    }
                }
                finally
                {
                    folder.Delete(recursive: true);
                }
            }
        );
        return command;
    }
}
