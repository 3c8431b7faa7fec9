using System.CommandLine;
using System.Globalization;
using FunctionsApp.Benchmark;
using FunctionsApp.LoadTest.Attacks;
using FunctionsApp.LoadTest.Reports;
using FunctionsApp.LoadTest.Runs;
using FunctionsApp.LoadTest.Search;
using FunctionsApp.LoadTest.Service;
using FunctionsApp.LoadTest.Subjects;
using FunctionsApp.LoadTest.Targets;

namespace FunctionsApp.LoadTest.Commands;

/// <summary>Finds the highest steady rate of each kind of work, and writes a report.</summary>
static class RunCommand
{
    public static Command Create()
    {
        var names = Kind.All.Select(one => one.Name).ToArray();
        var only = new Option<string[]>("--only")
        {
            Description = $"What to measure: {string.Join(", ", names)}. Default: all.",
            HelpName = "KIND",
            AllowMultipleArgumentsPerToken = true,
        };
        only.AcceptOnlyFromAmong(names);
        var target = new TargetOptions(
            "The base URL of a service that already runs, such as http://localhost:8890/v1. Default: a server is started with limits."
        );
        var cpu = Text("--cpu", "QUANTITY", "250m", "The processor limit of the server, as Kubernetes writes it.");
        var memory = Text("--memory", "QUANTITY", "128Mi", "The memory limit of the server, as Kubernetes writes it.");
        var pods = NumberOption.Create<int>(
            "--pods",
            "N",
            null,
            1,
            "How many pods with these limits are behind --url. Default: that is not known, nor are their limits."
        );
        var localPods = new Option<string?>("--local-pods")
        {
            Description =
                "The pods behind --url are those of the chart in this namespace, on a node on this machine: read what they use with "
                + "kubectl and from their control groups, and the statements from the database in the variable FUNCTIONSAPP_LOAD_DATABASE, "
                + "which has the extension pg_stat_statements.",
            HelpName = "NAMESPACE",
        };
        var published = new Option<string?>("--published")
        {
            Description = "Start the server published in this folder instead of publishing it now.",
            HelpName = "FOLDER",
        };
        var objective = NumberOption.Create<double>("--objective", "MS", 100, 1, "The highest p99 of the latency, in milliseconds.");
        var hashObjective = NumberOption.Create<double>(
            "--hash-objective",
            "MS",
            2000,
            1,
            "The same for kinds of work that hash passwords."
        );
        var duration = NumberOption.Create<double>(
            "--duration",
            "SECONDS",
            10,
            1,
            "How long an attack takes; the last one takes twice as long."
        );
        var warmUp = NumberOption.Create<double>("--warm-up", "SECONDS", 10, 0, "How long each server is warmed up.");
        var tolerance = NumberOption.Create<double>("--tolerance", "PERCENT", 10, 1, "How exact the rates are.");
        var highest = NumberOption.Create<double>(
            "--highest-rate",
            "RATE",
            100_000,
            RateSearch.Lowest,
            "The highest rate that is tried, in requests per second."
        );
        var output = new Option<string?>("--out")
        {
            Description = "The folder of the results. Default: load-results/ and the time.",
            HelpName = "FOLDER",
        };
        var resume = new Option<string?>("--resume")
        {
            Description = "Continue the run whose results are in this folder, with its options and, if it is given, the new --url.",
            HelpName = "FOLDER",
        };
        var command = new Command(
            "run",
            "Finds, for each kind of work, the highest steady rate at which the p99 stays within an objective and no request fails. Writes "
                + $"{RunRecord.FileName}, report.md and report.html."
        )
        {
            only,
            cpu,
            memory,
            pods,
            localPods,
            published,
            objective,
            hashObjective,
            duration,
            warmUp,
            tolerance,
            highest,
            output,
            resume,
        };
        target.AddTo(command);
        command.SetAction(
            async (arguments, cancellationToken) =>
            {
                var vegeta = Vegeta.Find();
                RunRecord record;
                string folder;
                if (arguments.GetValue(resume) is { } interrupted)
                {
                    folder = Path.GetFullPath(interrupted);
                    record = RunRecord.Read(folder).At(target.Url(arguments));
                }
                else
                {
                    var now = DateTimeOffset.UtcNow;
                    folder = Path.GetFullPath(
                        arguments.GetValue(output)
                            ?? Path.Combine("load-results", now.ToString("yyyy-MM-dd-HHmmss", CultureInfo.InvariantCulture))
                    );
                    record = new()
                    {
                        StartedAt = now,
                        Plan = new(
                            arguments.GetValue(only) is { Length: > 0 } some ? some : names,
                            target.Url(arguments),
                            arguments.GetValue(cpu)!,
                            arguments.GetValue(memory)!,
                            arguments.GetValue(objective)!.Value,
                            arguments.GetValue(hashObjective)!.Value,
                            arguments.GetValue(warmUp)!.Value,
                            arguments.GetValue(duration)!.Value,
                            arguments.GetValue(tolerance)!.Value / 100,
                            arguments.GetValue(highest)!.Value,
                            target.Users(arguments),
                            arguments.GetValue(pods)
                        ),
                    };
                }

                var limits = Limits.Parse(record.Plan.Processors, record.Plan.Memory);
                if (arguments.GetValue(resume) is null && File.Exists(Path.Combine(folder, RunRecord.FileName)))
                {
                    throw new LoadTestException(
                        $"{folder} already has results. Give another folder, or continue that run with --resume {folder}"
                    );
                }

                Storage.CheckFolder(folder, "--out");
                if (record.Plan.Url is null)
                    Storage.CheckTemporaryFolder();
                return await RunAsync(
                    record,
                    folder,
                    vegeta,
                    (progress, stop) =>
                        target.StartAsync(
                            arguments,
                            record.Plan.Url,
                            limits,
                            arguments.GetValue(published),
                            arguments.GetValue(localPods),
                            record.Plan.Users,
                            progress,
                            stop
                        ),
                    cancellationToken
                );
            }
        );
        return command;
    }

    static async Task<int> RunAsync(
        RunRecord record,
        string folder,
        string vegeta,
        Func<Action<string>, CancellationToken, Task<ISubject>> start,
        CancellationToken cancellationToken
    )
    {
        await using (var progress = new RunProgress(record.Plan.Kinds.Count))
        {
            try
            {
                await using var subject = await start(what => progress.Report($"{what} …"), cancellationToken);
                string[] notes =
                [
                    $"{Environment.ProcessorCount} processors, .NET {Environment.Version}.",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"Attacks of {record.Plan.Duration:0.#} s at constant rates by Vegeta, after {record.Plan.WarmUp:0.#} s of warm-up."
                    ),
                    .. record.Plan is { Pods: { } pods, Processors: var cpu, Memory: var memory }
                        ? [$"{pods} {(pods == 1 ? "pod" : "pods")} with limits of {cpu} and {memory} behind the URL."]
                        : Array.Empty<string>(),
                    .. subject.Notes,
                ];
                record.Notes.Clear();
                record.Notes.AddRange(notes);
                await new LoadRun(record, subject, new(vegeta, folder), folder, progress).RunAsync(cancellationToken);
            }
            finally
            {
                // Also what an interrupted run has measured.
                if (record.Kinds.Count > 0)
                {
                    record.Write(folder);
                    await File.WriteAllTextAsync(Path.Combine(folder, "report.md"), MarkdownReport.Text(record), CancellationToken.None);
                    await File.WriteAllTextAsync(Path.Combine(folder, "report.html"), HtmlReport.Text(record), CancellationToken.None);
                    progress.Report($"The results are in {folder}. Continue an interrupted run with --resume {folder}");
                }
            }
        }

        Console.Write(MarkdownReport.Text(record));
        foreach (var kind in record.Kinds.Where(kind => kind.Problem is not null))
            await Console.Error.WriteLineAsync($"error: {kind.Kind}: {kind.Problem}");
        return record.Kinds.Exists(kind => kind.Problem is not null) ? ExitCodes.ObjectiveMissed : ExitCodes.Ok;
    }

    static Option<string> Text(string name, string help, string value, string description) =>
        new(name)
        {
            Description = $"{description} Default: {value}.",
            HelpName = help,
            DefaultValueFactory = _ => value,
        };
}
