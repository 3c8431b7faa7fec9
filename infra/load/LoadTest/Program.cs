using System.CommandLine;
using System.Runtime.InteropServices;
using FunctionsApp.LoadTest;
using FunctionsApp.LoadTest.Commands;

using var stop = new CancellationTokenSource();

// Signals cancel the command, which stops everything that it started.
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

var root = new RootCommand(
    $"Load tests with Vegeta. Exit codes: {ExitCodes.Ok} success, {ExitCodes.Failed} failure, {ExitCodes.Misused} invalid usage, "
        + $"{ExitCodes.ObjectiveMissed} an objective cannot be met, {ExitCodes.Interrupted} interrupted."
)
{
    PrepareCommand.Create(),
    RunCommand.Create(),
};
var parsed = root.Parse(args);
try
{
    var code = await parsed.InvokeAsync(new() { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false }, stop.Token);
    return parsed.Errors.Count > 0 ? ExitCodes.Misused : code;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("Interrupted.");
    return ExitCodes.Interrupted;
}
catch (LoadTestException e)
{
    await Console.Error.WriteLineAsync($"error: {e.Message}");
    return ExitCodes.Failed;
}
