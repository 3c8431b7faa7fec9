using System.Globalization;
using FunctionsApp.Benchmark.Load;
using FunctionsApp.Benchmark.Subject;

namespace FunctionsApp.Benchmark.Measurements;

/// <summary>Resident memory after many requests of all kinds, after half of them and at the end.</summary>
static class Memory
{
    const int Connections = 16;
    const double Megabyte = 1e6;

    /// <summary>
    /// A low factor, because this measures memory, and the memory of a hash does not depend on the work factor.
    /// </summary>
    const string WorkFactor = "4";

    public static async Task<IReadOnlyList<Row>> RunAsync(SystemUnderTest subject, Effort effort, CancellationToken cancellationToken)
    {
        await using var server = await subject.StartReadyServerAsync(cancellationToken, ("Accounts__BcryptWorkFactor", WorkFactor));
        for (var i = 0; i < Population.Size; i++)
        {
            var signup = HttpText.Json("POST", "/v1/signup", new { username = Member(i), password = Population.Password });
            await ClosedLoop.RunAsync(server.Address, 1, n => n == 0 ? signup : null, status => status == 200, cancellationToken);
        }

        var half = effort.MixedRequests / 2;
        long sent = 0;
        async Task<double> Megabytes()
        {
            var end = sent + half;
            await ClosedLoop.RunAsync(
                server.Address,
                Connections,
                _ => Interlocked.Increment(ref sent) is var i && i <= end ? Mixed(i, subject.Population.Tokens) : null,
                status => status < 500,
                cancellationToken
            );
            sent = end;
            return server.ResidentMemory / Megabyte;
        }

        var (first, second) = (await Megabytes(), await Megabytes());
        return
        [
            new(
                "memory",
                $"resident memory after {Thousands(effort.MixedRequests)} mixed requests",
                Target.AtMost(150, "MB"),
                [second],
                $"{first:0} MB after {Thousands(half)}"
            ),
            new(
                "memory-growth",
                $"resident memory after {Thousands(effort.MixedRequests)} against after {Thousands(half)}",
                Target.AtMost(1.1),
                [second / first],
                $"{second:0} MB, {first:0} MB"
            ),
        ];
    }

    // Mostly reads, and some of everything else that can succeed or fail.
    static byte[] Mixed(long i, IReadOnlyList<string> tokens)
    {
        var token = tokens[(int)(i / 20 % tokens.Count)];
        return (i % 20) switch
        {
            < 10 => HttpText.Get(UsersMe.Path, token),
            < 13 => HttpText.Get($"{UsersMe.Path}/sessions", token),
            < 14 => HttpText.Get($"{UsersMe.Path}/events", token),
            < 16 => HttpText.Json("PATCH", UsersMe.Path, new { email = $"mail{i}@example.org" }, token),
            16 => HttpText.Form("/v1/login", ("username", Member(i / 20)), ("password", Population.Password)),
            17 => HttpText.Form("/v1/login", ("username", $"nobody{i % 1000}"), ("password", Population.Password)),
            18 => HttpText.Get(UsersMe.Path, token[..^2] + "AA"),
            _ => HttpText.WithBody("POST", "/v1/signup", "application/json", """{ "username": "half""", token: null),
        };
    }

    static string Member(long i) => $"member{i % Population.Size}";

    static string Thousands(int count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
