using System.CommandLine;
using FunctionsApp.Benchmark;
using FunctionsApp.Benchmark.Measurements;
using FunctionsApp.Benchmark.Subject;
using FunctionsApp.LocalPostgres;

const int Failed = 1,
    Misused = 2,
    TargetMissed = 3,
    Regressed = 4,
    Interrupted = 130;

var names = Measurement.All.Select(measurement => measurement.Name).ToArray();
var only = new Option<string[]>("--only")
{
    Description = $"What to measure: {string.Join(", ", names)}. Default: all.",
    HelpName = "NAME",
    AllowMultipleArgumentsPerToken = true,
};
only.AcceptOnlyFromAmong(names);
var brief = new Option<bool>("--short")
{
    Description =
        "Short rounds, for CI: all measurements take some minutes. Missed targets are ignored: short rounds on a busy machine are not "
        + "reliable.",
};
var rounds = NumberOption.Create<int>(
    "--rounds",
    "N",
    null,
    1,
    $"Rounds of each pair. Default: {Effort.Full.Rounds}, with --short {Effort.Short.Rounds}."
);
var baseline = new Option<string?>("--baseline")
{
    Description = "The ratios with which the result is compared. Default: infra/load/baseline.json; with --short there is no comparison.",
    HelpName = "FILE",
};
var renew = new Option<bool>("--renew-baseline")
{
    Description = "Write the measured ratios and their noise to the baseline instead of comparing them.",
};
var json = new Option<string?>("--json") { Description = "Also write the table to this file, as JSON.", HelpName = "FILE" };
var published = new Option<string?>("--published")
{
    Description = "Measure the server published in this folder instead of publishing it now.",
    HelpName = "FOLDER",
};
var connection = new Option<string>("--connection")
{
    Description = "Add this to the server's connection string, such as 'Maximum Pool Size=40'.",
    HelpName = "SETTINGS",
    DefaultValueFactory = _ => "",
};
var environment = new Option<string[]>("--environment")
{
    Description = "Set this for the server, such as DOTNET_gcServer=1. Can be given more than once.",
    HelpName = "NAME=VALUE",
};
environment.Validators.Add(result =>
{
    if (result.Tokens.Any(token => token.Value.IndexOf('=', StringComparison.Ordinal) < 1))
        result.AddError("--environment takes NAME=VALUE.");
});

var command = new RootCommand(
    "Measures the server against reference loads on this machine, and prints ratios with their targets. "
        + $"Exit codes: 0 all measured, {Failed} something could not be measured, {Misused} invalid usage, {TargetMissed} a target was "
        + $"missed (not with --short), {Regressed} a ratio is worse than the baseline by more than its noise (not with --short)."
)
{
    only,
    brief,
    rounds,
    json,
    baseline,
    renew,
    published,
    connection,
    environment,
};
command.SetAction(
    (arguments, _) =>
    {
        var compares = !arguments.GetValue(brief) || arguments.GetValue(renew) || arguments.GetValue(baseline) is not null;
        var effort = arguments.GetValue(brief) ? Effort.Short : Effort.Full;
        return MeasureAsync(
            new()
            {
                Only = arguments.GetValue(only) ?? [],
                Effort = effort with { Rounds = arguments.GetValue(rounds) ?? effort.Rounds },
                Json = arguments.GetValue(json),
                Baseline = compares ? arguments.GetValue(baseline) ?? "" : null,
                RenewBaseline = arguments.GetValue(renew),
                Published = arguments.GetValue(published),
                ConnectionSettings = arguments.GetValue(connection)!,
                ServerSettings = arguments.GetValue(environment) ?? [],
            },
            targetsMatter: !arguments.GetValue(brief)
        );
    }
);

var parsed = command.Parse(args);
var exitCode = await parsed.InvokeAsync(new() { ProcessTerminationTimeout = null });
return parsed.Errors.Count > 0 ? Misused : exitCode;

static async Task<int> MeasureAsync(BenchmarkOptions options, bool targetsMatter)
{
    using var stop = new Interruption();

    List<Row> rows = [];
    List<string> notes = [],
        failures = [];
    Baseline? earlier = null;
    try
    {
        // Before minutes of measuring.
        if (options.Json is { } table)
            CheckWritable(table);
        if (options.Baseline is not null)
            earlier = options.RenewBaseline ? new("", new Dictionary<string, Baseline.Ratio>()) : Baseline.Read(BaselineFile(options));
        if (options.RenewBaseline && File.Exists(BaselineFile(options)))
            earlier = Baseline.Read(BaselineFile(options));
        await using var subject = await SystemUnderTest.PrepareAsync(options, stop.Token);
        notes.Add(
            $"{Environment.ProcessorCount} processors, .NET {Environment.Version}, Postgres {subject.PostgresVersion}; client, server "
                + $"and database share them. {options.Effort.Rounds} rounds of each pair; the median of the rounds' ratios counts."
        );
        foreach (var measurement in Measurement.All.Where(one => options.Only.Count == 0 || options.Only.Contains(one.Name)))
        {
            await Console.Error.WriteLineAsync($"Measuring {measurement.Name} …");
            try
            {
                rows.AddRange(await measurement.RunAsync(subject, options.Effort, stop.Token));
            }
            catch (BenchmarkException e)
            {
                failures.Add($"{measurement.Name} could not be measured: {e.Message}");
            }
        }

        notes.AddRange(subject.Notes);
    }
    catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
    {
        await Console.Error.WriteLineAsync("Stopped.");
        return Interrupted;
    }
    catch (Exception e) when (e is BenchmarkException or LocalPostgresException)
    {
        failures.Add(e.Message);
    }

    if (rows.Count > 0)
        Console.WriteLine(ResultTable.Markdown(rows));
    foreach (var note in notes)
        Console.WriteLine(note);
    IReadOnlyList<string> regressions = [];
    if (options.RenewBaseline && failures.Count == 0)
        earlier!.With(rows, $"{DateTime.UtcNow:yyyy-MM-dd}: {notes[0]}").Write(BaselineFile(options));
    else if (earlier is not null)
        regressions = earlier.FindRegressions(rows);
    foreach (var failure in failures.Concat(regressions))
        await Console.Error.WriteLineAsync($"bench: {failure}");
    if (options.Json is { } file && rows.Count > 0)
        await File.WriteAllTextAsync(file, ResultTable.Json(rows, [.. notes, .. failures, .. regressions]));
    return failures.Count > 0 ? Failed
        : regressions.Count > 0 ? Regressed
        : targetsMatter && rows.Exists(row => !row.Met) ? TargetMissed
        : 0;
}

static string BaselineFile(BenchmarkOptions options) =>
    options.Baseline is { Length: > 0 } given ? given : Path.Combine(Publication.Repository(), "infra", "load", "baseline.json");

static void CheckWritable(string file)
{
    try
    {
        File.Open(file, FileMode.OpenOrCreate, FileAccess.Write).Dispose();
    }
    catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
    {
        throw new BenchmarkException($"--json {file}: {e.Message}", e);
    }
}
