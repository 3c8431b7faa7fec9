using System.CommandLine;
using FunctionsApp.Benchmark;
using FunctionsApp.Benchmark.Measurements;
using FunctionsApp.Benchmark.Subject;
using FunctionsApp.LocalPostgres;

const int Failed = 1,
    Misused = 2,
    TargetMissed = 3,
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
    Description = "Run for less than a minute, for CI. Missed targets are ignored: short rounds on a busy machine are not reliable.",
};
var rounds = new Option<int?>("--rounds")
{
    Description = $"Rounds of each pair. Default: {Effort.Full.Rounds}, with --short {Effort.Short.Rounds}.",
    HelpName = "N",
};
rounds.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int?>() < 1)
        result.AddError("--rounds must be 1 or more.");
});
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
        + "missed (not with --short)."
)
{
    only,
    brief,
    rounds,
    json,
    published,
    connection,
    environment,
};
command.SetAction(
    (arguments, _) =>
    {
        var effort = arguments.GetValue(brief) ? Effort.Short : Effort.Full;
        return MeasureAsync(
            new()
            {
                Only = arguments.GetValue(only) ?? [],
                Effort = effort with { Rounds = arguments.GetValue(rounds) ?? effort.Rounds },
                Json = arguments.GetValue(json),
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
    try
    {
        await using var subject = await SystemUnderTest.PrepareAsync(options, stop.Token);
        if (subject.Note is { } note)
            notes.Add(note);
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
    foreach (var failure in failures)
        await Console.Error.WriteLineAsync($"bench: {failure}");
    if (options.Json is { } file)
        await File.WriteAllTextAsync(file, ResultTable.Json(rows, [.. notes, .. failures]));
    return failures.Count > 0 ? Failed
        : targetsMatter && rows.Exists(row => !row.Met) ? TargetMissed
        : 0;
}
