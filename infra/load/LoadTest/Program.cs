using System.CommandLine;
using FunctionsApp.Benchmark;
using FunctionsApp.LoadTest;
using FunctionsApp.LoadTest.Commands;

using var stop = new Interruption();

var root = new RootCommand(
    $"Load tests with Vegeta. Exit codes: {ExitCodes.Ok} success, {ExitCodes.Failed} failure, {ExitCodes.Misused} invalid usage, "
        + $"{ExitCodes.ObjectiveMissed} an objective cannot be met, {ExitCodes.Interrupted} interrupted."
)
{
    PrepareCommand.Create(),
    RunCommand.Create(),
    SoakCommand.Create(),
};
var parsed = root.Parse(args);
try
{
    var code = await parsed.InvokeAsync(new() { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false }, stop.Token);
    return parsed.Errors.Count > 0 ? ExitCodes.Misused : code;
}
catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("Interrupted.");
    return ExitCodes.Interrupted;
}
catch (Exception e) when (Failure.Sentence(e) is { } sentence)
{
    await Console.Error.WriteLineAsync($"error: {sentence}");
    return ExitCodes.Failed;
}
