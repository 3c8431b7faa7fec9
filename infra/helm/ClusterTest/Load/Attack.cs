using System.Diagnostics;
using System.Text.Json;

namespace FunctionsApp.ClusterTest.Load;

/// <summary>
/// A Vegeta attack: requests at a constant rate that does not depend on the responses (open loop), until it is stopped.
/// </summary>
public sealed class Attack : IAsyncDisposable
{
    /// <summary>As much of a response as the detail of a problem needs, in bytes.</summary>
    const int Body = 500;

    readonly Process attack,
        encode;
    readonly Task piping;
    readonly Task<List<Hit>> reading;
    readonly TimeSpan limit;

    /// <param name="targets">In Vegeta's HTTP format.</param>
    /// <param name="rate">Requests per second.</param>
    /// <param name="limit">When it ends by itself.</param>
    public Attack(string targets, int rate, TimeSpan limit)
    {
        this.limit = limit;
        attack = Cluster.Shell.Start(
            "vegeta",
            ["attack", $"-rate={rate}/s", $"-duration={limit.TotalSeconds:0}s", "-timeout=30s", $"-max-body={Body}", "-redirects=-1"]
        );
        encode = Cluster.Shell.Start("vegeta", ["encode", "-to=json"]);
        attack.StandardInput.Write(targets);
        attack.StandardInput.Close();
        piping = Task.Run(async () =>
        {
            await attack.StandardOutput.BaseStream.CopyToAsync(encode.StandardInput.BaseStream);
            encode.StandardInput.Close();
        });
        reading = Task.Run(ReadAsync);
    }

    /// <summary>Stops sending, waits for the responses, and returns all requests in the order in which they were sent.</summary>
    public async Task<IReadOnlyList<Hit>> StopAsync()
    {
        if (!attack.HasExited)
            await Cluster.Shell.SignalAsync("INT", attack.Id);
        return await EndAsync();
    }

    /// <summary>Waits until the attack ends by itself.</summary>
    public async Task<IReadOnlyList<Hit>> EndAsync()
    {
        await piping.WaitAsync(limit + TimeSpan.FromMinutes(1));
        var hits = await reading;
        return hits.Count > 0
            ? [.. hits.OrderBy(hit => hit.At)]
            : throw new ClusterTestException($"vegeta sent no request: {await attack.StandardError.ReadToEndAsync()}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in new[] { attack, encode })
        {
            if (!process.HasExited)
                process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    async Task<List<Hit>> ReadAsync()
    {
        var hits = new List<Hit>();
        while (await encode.StandardOutput.ReadLineAsync() is { } line)
        {
            using var hit = JsonDocument.Parse(line);
            var root = hit.RootElement;
            var code = root.GetProperty("code").GetInt32();
            hits.Add(
                new(
                    root.GetProperty("timestamp").GetDateTimeOffset().UtcDateTime,
                    TimeSpan.FromTicks(root.GetProperty("latency").GetInt64() / TimeSpan.NanosecondsPerTick),
                    code,
                    code == 503 ? DetailOf(root) : root.GetProperty("error").GetString()!
                )
            );
        }

        return hits;
    }

    // Why the service could not answer. A proxy's response has another form.
    static string DetailOf(JsonElement hit)
    {
        var body = hit.GetProperty("body") is { ValueKind: JsonValueKind.String } text ? text.GetBytesFromBase64() : [];
        try
        {
            using var problem = JsonDocument.Parse(body);
            return problem.RootElement.GetProperty("detail").GetString()!;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return System.Text.Encoding.UTF8.GetString(body);
        }
    }
}
