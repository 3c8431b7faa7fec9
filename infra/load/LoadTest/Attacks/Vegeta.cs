using System.Diagnostics;
using System.Globalization;
using FunctionsApp.Benchmark;
using FunctionsApp.Benchmark.Subject;

namespace FunctionsApp.LoadTest.Attacks;

/// <summary>Runs Vegeta.</summary>
/// <param name="program">Its path.</param>
/// <param name="folder">Where the raw results are while they are read.</param>
sealed class Vegeta(string program, string folder)
{
    /// <summary>Requests in progress at once; beyond them the rate that is sent falls below the rate that was asked for.</summary>
    const int MaxWorkers = 4000;

    /// <exception cref="LoadTestException">It is not on <c>PATH</c>.</exception>
    public static string Find() =>
        ExternalProgram.OnPath("vegeta")
        ?? throw new LoadTestException(
            "vegeta is not on PATH. Install it: download it from https://github.com/tsenart/vegeta/releases, or run 'brew install vegeta', "
                + "or 'go install github.com/tsenart/vegeta/v12@latest'."
        );

    /// <summary>Sends the targets in turn at a constant rate, whether or not the server keeps up.</summary>
    /// <param name="targets">A file in Vegeta's JSON format.</param>
    /// <param name="rate">Requests per second.</param>
    /// <param name="timeout">A request without a response after this time has failed.</param>
    /// <param name="keepBodies">Whether <see cref="ReadAsync"/> needs the bodies of the responses.</param>
    /// <exception cref="LoadTestException">Vegeta failed.</exception>
    public async Task AttackAsync(
        string targets,
        double rate,
        TimeSpan duration,
        TimeSpan timeout,
        bool keepBodies,
        CancellationToken cancellationToken
    ) =>
        await RunAsync(
            [
                "attack",
                "-format=json",
                $"-targets={targets}",
                string.Create(CultureInfo.InvariantCulture, $"-rate={rate:0}/s"),
                Seconds("-duration", duration),
                Seconds("-timeout", timeout),
                $"-max-workers={MaxWorkers}",
                $"-max-body={(keepBodies ? -1 : 0)}",
                $"-output={Raw}",
            ],
            cancellationToken
        );

    /// <summary>Reads the results of the last attack.</summary>
    /// <param name="body">Receives the bodies of the responses; null to ignore them.</param>
    /// <exception cref="LoadTestException">There are none.</exception>
    public async Task<AttackResult> ReadAsync(Action<string>? body, CancellationToken cancellationToken)
    {
        using var process = new Process { StartInfo = new(program, ["encode", "--to=csv", Raw]) { RedirectStandardOutput = true } };
        process.Start();
        try
        {
            var result = await VegetaCsv.ReadAsync(process.StandardOutput, body, cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return result;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
            File.Delete(Raw);
        }
    }

    string Raw => Path.Combine(folder, "attack.bin");

    static string Seconds(string option, TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{option}={time.TotalMilliseconds:0}ms");

    async Task RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        try
        {
            await new ExternalProgram(program, arguments).RunAsync(cancellationToken);
        }
        catch (BenchmarkException e)
        {
            throw new LoadTestException(e.Message, e);
        }
    }
}
