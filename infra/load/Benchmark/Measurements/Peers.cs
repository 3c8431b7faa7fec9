using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using FunctionsApp.Benchmark.Load;
using FunctionsApp.Benchmark.Subject;
using Microsoft.IdentityModel.JsonWebTokens;

namespace FunctionsApp.Benchmark.Measurements;

/// <summary>
/// The processor time of <c>GET /users/me</c> against that of services in other languages with the same endpoint on the same table. Each
/// is measured in turn with the app; one whose tools are missing is skipped.
/// </summary>
static class Peers
{
    const string Path = "/users/me";

    const int Connections = 32;

    // Tokens of the peers are signed with HS256, which is cheaper to verify than the app's RS256.
    const string Header = """{"alg":"HS256","typ":"JWT"}""";

    static readonly TimeSpan TokenLifetime = TimeSpan.FromHours(12);

    public static async Task<IReadOnlyList<Row>> RunAsync(SystemUnderTest subject, Effort effort, CancellationToken cancellationToken)
    {
        List<Row> rows = [];
        await using var server = await subject.StartReadyServerAsync(cancellationToken);
        await UsersMe.WarmUpAsync(() =>
            subject.Wrk.RunAsync(server.Address, UsersMe.Path, subject.Population.Tokens, Connections, effort.WarmUp / 2, cancellationToken)
        );
        foreach (var peer in Peer.All)
        {
            try
            {
                rows.Add(await RunAsync(peer, server, subject, effort, cancellationToken));
            }
            catch (BenchmarkException e)
            {
                subject.Notes.Add($"peer-{peer.Name} was skipped: {e.Message}.");
            }
        }

        return rows;
    }

    static async Task<Row> RunAsync(
        Peer peer,
        ServerProcess server,
        SystemUnderTest subject,
        Effort effort,
        CancellationToken cancellationToken
    )
    {
        var secret = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        string[] tokens = [.. subject.Population.Tokens.Select(token => Token(new JsonWebToken(token).Subject, secret))];
        var folder = subject.CreateFolder($"peer-{peer.Name}");
        var command = await peer.BuildAsync(
            System.IO.Path.Combine(Publication.Repository(), "infra", "load", "peers", peer.Name),
            folder,
            cancellationToken
        );
        await using var process = await PeerProcess.StartAsync(
            command,
            folder,
            secret,
            subject.ConnectionString,
            HttpText.Get(Path, tokens[0]),
            cancellationToken
        );
        await UsersMe.WarmUpAsync(() =>
            subject.Wrk.RunAsync(process.Address, Path, tokens, Connections, effort.WarmUp / 2, cancellationToken)
        );

        var (own, other) = (new ServedRounds(() => server.ProcessorTime), new ServedRounds(() => process.ProcessorTime));
        for (var round = 0; round < effort.Rounds; round++)
        {
            await own.AddAsync(
                effort.Round,
                () =>
                    subject.Wrk.RunAsync(
                        server.Address,
                        UsersMe.Path,
                        subject.Population.Tokens,
                        Connections,
                        effort.Round,
                        cancellationToken
                    )
            );
            await other.AddAsync(
                effort.Round,
                () => subject.Wrk.RunAsync(process.Address, Path, tokens, Connections, effort.Round, cancellationToken)
            );
        }

        return new(
            $"peer-{peer.Name}",
            $"processor time of GET /users/me, against {peer.What}",
            Target.AtMost(0.6),
            [.. own.Microseconds.Zip(other.Microseconds, (a, b) => a / b)],
            $"{Row.MedianOf(own.Microseconds):0} µs, {Row.MedianOf(other.Microseconds):0} µs; {Row.MedianOf(own.Rates):0}/s, "
                + $"{Row.MedianOf(other.Rates):0}/s"
        );
    }

    static string Token(string user, string secret)
    {
        var expires = DateTimeOffset.UtcNow.Add(TokenLifetime).ToUnixTimeSeconds();
        var content = $"{Encode(Header)}.{Encode($$"""{"sub":"{{user}}","exp":{{expires}}}""")}";
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(content));
        return $"{content}.{Base64Url.EncodeToString(signature)}";
    }

    static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
