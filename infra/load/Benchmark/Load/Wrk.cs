using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using FunctionsApp.Benchmark.Subject;

namespace FunctionsApp.Benchmark.Load;

/// <summary>
/// Closed-loop GETs of one path by many users: with wrk if it is on PATH, because it uses the least resources, otherwise with
/// <see cref="ClosedLoop"/>.
/// </summary>
sealed partial class Wrk(string folder)
{
    const string Script = """
        local requests, turn = {}, 0
        function init()
          for token in io.lines(os.getenv("BENCH_TOKENS")) do
            requests[#requests + 1] = wrk.format("GET", nil, { ["Authorization"] = "Bearer " .. token })
          end
          turn = math.random(#requests)
        end
        function request()
          turn = turn % #requests + 1
          return requests[turn]
        end
        """;

    const string PostScript = """
        local requests, turn = {}, 0
        function init()
          for line in io.lines(os.getenv("BENCH_REQUESTS")) do
            local path, token, body = line:match("^(%S+) (%S+) (.*)$")
            local headers = { ["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/json" }
            requests[#requests + 1] = wrk.format("POST", path, headers, body)
          end
          turn = math.random(#requests)
        end
        function request()
          turn = turn % #requests + 1
          return requests[turn]
        end
        """;

    // Each thread stores the tickets it got and closes them in rotation: every second request is an exit.
    const string ParkScript = """
        local count = 0
        function setup(thread)
          count = count + 1
          thread:set("thread", count)
        end
        function init()
          lot, plate, open = os.getenv("BENCH_LOT"), 0, {}
          headers = { ["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN"), ["Content-Type"] = "application/json" }
          math.randomseed(os.time())
          prefix = thread .. math.random(1000000)
        end
        function request()
          local id = table.remove(open, 1)
          if id then return wrk.format("POST", lot .. "/tickets/" .. id .. "/exit", headers) end
          plate = plate + 1
          return wrk.format("POST", lot .. "/tickets", headers, string.format('{"plate":"%sX%d","vehicle":"car"}', prefix, plate))
        end
        function response(status, headers, body)
          if status == 201 then open[#open + 1] = body:match('"id":"([^"]+)"') end
        end
        """;

    readonly string? program = ExternalProgram.OnPath("wrk");

    public string Name => program is null ? "the built-in client" : "wrk";

    /// <summary>Requests per second, alternating between users.</summary>
    /// <exception cref="BenchmarkException">Not all responses were 200.</exception>
    public async Task<double> RunAsync(
        IPEndPoint server,
        string path,
        IReadOnlyList<string> tokens,
        int connections,
        TimeSpan duration,
        CancellationToken cancellationToken
    )
    {
        if (program is null)
        {
            byte[][] requests = [.. tokens.Select(token => HttpText.Get(path, token))];
            var end = DateTime.UtcNow + duration;
            return (
                await ClosedLoop.RunAsync(
                    server,
                    connections,
                    i => DateTime.UtcNow < end ? requests[i % requests.Length] : null,
                    status => status == 200,
                    cancellationToken
                )
            ).PerSecond;
        }

        var tokenFile = Path.Combine(folder, "tokens");
        await File.WriteAllLinesAsync(tokenFile, tokens, cancellationToken);
        return await RunAsync(
            program,
            Script,
            $"http://{server}{path}",
            connections,
            duration,
            new() { ["BENCH_TOKENS"] = tokenFile },
            cancellationToken
        );
    }

    /// <summary>Requests per second that post bodies in rotation.</summary>
    /// <exception cref="BenchmarkException">There is no wrk, or not all responses were successful.</exception>
    public async Task<double> PostAsync(
        IPEndPoint server,
        IReadOnlyList<(string Path, string Token, string Body)> requests,
        int connections,
        TimeSpan duration,
        CancellationToken cancellationToken
    )
    {
        var file = Path.Combine(folder, "requests");
        await File.WriteAllLinesAsync(file, requests.Select(one => $"{one.Path} {one.Token} {one.Body}"), cancellationToken);
        return await RunAsync(
            program ?? throw Missing(),
            PostScript,
            $"http://{server}/",
            connections,
            duration,
            new() { ["BENCH_REQUESTS"] = file },
            cancellationToken
        );
    }

    /// <summary>Requests per second that enter a parking lot and leave it again.</summary>
    /// <exception cref="BenchmarkException">There is no wrk, or not all responses were successful.</exception>
    public Task<double> ParkAsync(
        IPEndPoint server,
        Guid lot,
        string token,
        int connections,
        TimeSpan duration,
        CancellationToken cancellationToken
    ) =>
        RunAsync(
            program ?? throw Missing(),
            ParkScript,
            $"http://{server}/",
            connections,
            duration,
            new() { ["BENCH_LOT"] = $"/v1/parking-lots/{lot}", ["BENCH_TOKEN"] = token },
            cancellationToken
        );

    async Task<double> RunAsync(
        string wrk,
        string script,
        string url,
        int connections,
        TimeSpan duration,
        Dictionary<string, string> environment,
        CancellationToken cancellationToken
    )
    {
        var file = Path.Combine(folder, "wrk.lua");
        await File.WriteAllTextAsync(file, script, cancellationToken);
        var output = await new ExternalProgram(
            wrk,
            [
                "-t",
                $"{Math.Min(connections, LoadDrivers.Threads)}",
                "-c",
                $"{connections}",
                "-d",
                $"{Math.Ceiling(duration.TotalSeconds)}s",
                "-s",
                file,
                url,
            ]
        )
        {
            Environment = environment,
        }.RunAsync(cancellationToken);
        if (Failures().Match(output) is { Success: true } failures)
            throw new BenchmarkException($"wrk: {failures.Value.Trim()}");
        return Rate().Match(output) is { Success: true } rate
            ? double.Parse(rate.Groups[1].Value, CultureInfo.InvariantCulture)
            : throw new BenchmarkException($"wrk reported no rate: {output}");
    }

    static BenchmarkException Missing() => new("This row needs wrk on PATH (Debian and Ubuntu: the package wrk).");

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)", RegexOptions.NonBacktracking)]
    private static partial Regex Rate();

    [GeneratedRegex(@"(Non-2xx or 3xx responses|Socket errors):.*", RegexOptions.NonBacktracking)]
    private static partial Regex Failures();
}

/// <summary>Settings shared by wrk and pgbench.</summary>
static class LoadDrivers
{
    /// <summary>The threads of both programs: one is hardly enough, and more take resources from the system under test.</summary>
    public const int Threads = 2;
}
