using FunctionsApp.Benchmark.Load;
using FunctionsApp.Benchmark.Subject;
using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Benchmark.Measurements;

/// <summary>Signup and login against bare hashes: neither can be faster than the one hash that it needs.</summary>
static class Hashing
{
    const int Connections = 16;

    public static async Task<IReadOnlyList<Row>> RunAsync(SystemUnderTest subject, Effort effort, CancellationToken cancellationToken)
    {
        await using var server = await subject.StartReadyServerAsync(cancellationToken);
        var (signups, logins) = (0, 0);
        byte[] Signup() =>
            HttpText.Json(
                "POST",
                "/v1/signup",
                new { username = $"new{Interlocked.Increment(ref signups)}", password = Population.Password }
            );
        byte[] Login() =>
            HttpText.Form(
                "/v1/login",
                ("username", subject.Population.Usernames[Interlocked.Increment(ref logins) % Population.Size]),
                ("password", Population.Password)
            );
        async Task<double> Serve(Func<byte[]> request, int count) =>
            (
                await ClosedLoop.RunAsync(
                    server.Address,
                    Connections,
                    i => i < count ? request() : null,
                    status => status == 200,
                    cancellationToken
                )
            ).PerSecond;

        var threads = new AccountOptions().EffectiveHashingThreads;
        var few = threads * 2;
        await Serve(Signup, few);
        await Serve(Login, few);
        await BareHashes.RunAsync(few, threads, cancellationToken);
        List<double> signedUp = [],
            loggedIn = [],
            bare = [];
        for (var round = 0; round < effort.Rounds; round++)
        {
            signedUp.Add(await Serve(Signup, effort.Hashes));
            bare.Add(await BareHashes.RunAsync(effort.Hashes, threads, cancellationToken));
            loggedIn.Add(await Serve(Login, effort.Hashes));
        }

        Row Against(string name, string what, List<double> served) =>
            new(
                name,
                $"{what}, {Connections} connections, against bare BCrypt hashes",
                Target.AtLeast(0.9),
                [.. served.Zip(bare, (a, b) => a / b)],
                $"{Row.MedianOf(served):0.0}/s, {Row.MedianOf(bare):0.0} hashes/s on {threads} thread{(threads == 1 ? "" : "s")}"
            );
        return [Against("signup", "POST /signup", signedUp), Against("login", "POST /login", loggedIn)];
    }
}
