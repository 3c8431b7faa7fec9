using System.Diagnostics;
using System.Text.Json;
using FunctionsApp.ClusterTest.Cluster;
using FunctionsApp.ClusterTest.Load;

namespace FunctionsApp.ClusterTest.Steps;

/// <summary>Scaling to zero and back with the KEDA HTTP add-on.</summary>
static class ScaleSteps
{
    /// <summary>What one request costs through the interceptor, compared with the Service.</summary>
    public static async Task<string> CompareAsync(TestRun run)
    {
        await run.Release.ApplyAsync([.. TestRun.ScaleToZero, "autoscaling.http.minReplicas=1", "autoscaling.maxReplicas=1"]);
        var (service, interceptor) = (await run.Release.AddressAsync(), await TestRun.InterceptorAsync());
        await SettleAsync(interceptor);
        using var user = await User.SignUpAsync(service);
        var figures = new List<string>();
        foreach (var (name, target) in new[] { ("Service", user.Target(service)), ("interceptor", user.Target(interceptor, TestRun.Host)) })
        {
            await using var attack = new Attack(target, 200, run.Options.Comparison);
            var hits = await attack.EndAsync();
            run.RequireNoFailure(hits, $"the comparison, through the {name}");
            var latencies = hits.Select(hit => hit.Latency).ToList();
            figures.Add(
                $"{name} p50 {Percentiles.Of(latencies, 50).TotalMilliseconds:0.00} ms "
                    + $"p99 {Percentiles.Of(latencies, 99).TotalMilliseconds:0.0} ms"
            );
        }

        return string.Join(", ", figures) + " at 200 requests/s";
    }

    /// <summary>From zero pods, the first request is held until a pod is ready, and is answered.</summary>
    public static async Task<string> ColdStartsAsync(TestRun run)
    {
        await run.Release.ApplyAsync(TestRun.ScaleToZero);
        var interceptor = await TestRun.InterceptorAsync();
        await SettleAsync(interceptor);
        await using var watch = await PodWatch.StartAsync(run.Release.Namespace, run.Release.Servers);
        using var user = await User.SignUpAsync(interceptor, TestRun.Host);
        var starts = new List<ColdStart>();
        while (starts.Count < run.Options.ColdStarts)
        {
            await watch.WaitAsync("no pod without requests", pods => pods.Count == 0, TimeSpan.FromMinutes(3));
            starts.Add(await StartAsync(run, watch, interceptor, user));
            // Its pod is ready now, and the token has to last until the next start.
            await user.LogInAsync();
        }

        await File.WriteAllTextAsync(Path.Combine(run.Options.Results, "cold-starts.json"), JsonSerializer.Serialize(starts));
        var (p50, p99) = (Percentiles.Of(starts.Select(one => one.Total), 50), Percentiles.Of(starts.Select(one => one.Total), 99));
        return $"{starts.Count} of {starts.Count} answered; "
            + $"first byte p50 {p50.TotalSeconds:0.00} s p99 {p99.TotalSeconds:0.00} s; medians: "
            + string.Join(
                ", ",
                ColdStart.Parts.Select(part => $"{part.Name} {Percentiles.Of(starts.Select(part.Time), 50).TotalSeconds:0.00} s")
            );
    }

    /// <summary>Load makes KEDA start more pods, and silence brings them back to zero, without a failed request.</summary>
    public static async Task<string> LoadAsync(TestRun run)
    {
        var interceptor = await TestRun.InterceptorAsync();
        await using var watch = await PodWatch.StartAsync(run.Release.Namespace, run.Release.Servers);
        var targets = await User.TargetsAsync(interceptor, TestRun.Host);
        await watch.WaitAsync("no pod without requests", pods => pods.Count == 0, TimeSpan.FromMinutes(3));
        await using var attack = new Attack(targets, 60, TimeSpan.FromMinutes(4));
        await watch.WaitAsync("three ready pods under load", pods => pods.Count(pod => pod.Ready) >= 3, TimeSpan.FromMinutes(3));
        var scaled = Stopwatch.StartNew();
        var hits = await attack.StopAsync();
        run.RequireNoFailure(hits, "scaling from zero under load");
        var most = watch.Pods.Count;
        await watch.WaitAsync("no pod after the load", pods => pods.Count == 0, TimeSpan.FromMinutes(4));
        return $"0 to {most} pods and back to 0 {scaled.Elapsed.TotalSeconds:0} s after the load; {hits.Count} requests, none failed";
    }

    /// <summary>Waits until the interceptor knows the route.</summary>
    static async Task SettleAsync(Uri interceptor)
    {
        using var http = new HttpClient { BaseAddress = interceptor };
        var limit = Stopwatch.StartNew();
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "readyz") { Headers = { Host = TestRun.Host } };
            using var response = await http.SendAsync(request);
            if (response.IsSuccessStatusCode)
                return;
            if (limit.Elapsed > TimeSpan.FromSeconds(60))
                throw new ClusterTestException($"The interceptor returned {(int)response.StatusCode} for a minute.");
            await Task.Delay(200);
        }
    }

    static async Task<ColdStart> StartAsync(TestRun run, PodWatch watch, Uri interceptor, User user)
    {
        var known = watch.Events.Count;
        // A new connection each time, as a first visitor has.
        using var http = new HttpClient { BaseAddress = interceptor, Timeout = TimeSpan.FromSeconds(60) };
        using var request = new HttpRequestMessage(HttpMethod.Get, "v1/users/me")
        {
            Headers = { Host = TestRun.Host, Authorization = new("Bearer", user.Token) },
        };
        var sent = DateTime.UtcNow;
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var received = DateTime.UtcNow;
        run.Timeline.Add([new Hit(sent, received - sent, (int)response.StatusCode, "")]);
        if (!response.IsSuccessStatusCode)
            throw new ClusterTestException(
                $"A request from zero pods returned {(int)response.StatusCode}: "
                    + $"{await response.Content.ReadAsStringAsync()}\n{await run.Release.StateAsync()}"
            );
        await watch.WaitAsync("the pod of a cold start is ready", pods => pods.Any(pod => pod.Ready), TimeSpan.FromSeconds(30));
        var events = watch.Events.Skip(known).Where(one => one.Type != "DELETED").Select(one => one.Pod).ToList();
        var first = events.First(pod => pod.Ready);
        var mine = events.Where(pod => pod.Uid == first.Uid).ToList();
        var (started, ready) = await ProcessAsync(run, first);
        return new(
            sent,
            mine[0].At,
            mine.First(pod => pod.Scheduled).At,
            started,
            ready,
            first.At < received ? first.At : received,
            received
        );
    }

    /// <summary>When the process started and was ready, as the pod's log says.</summary>
    static async Task<(DateTime Started, DateTime Ready)> ProcessAsync(TestRun run, Pod pod)
    {
        var log = await Shell.RunAsync("kubectl", ["logs", "-n", run.Release.Namespace, pod.Name]);
        foreach (var line in log.Split('\n').Where(line => line.StartsWith('{')))
        {
            using var record = JsonDocument.Parse(line);
            if (
                record.RootElement.TryGetProperty("State", out var state) && state.TryGetProperty("StartMilliseconds", out var milliseconds)
            )
            {
                var ready = record.RootElement.GetProperty("Timestamp").GetDateTimeOffset().UtcDateTime;
                return (ready.AddMilliseconds(-milliseconds.GetDouble()), ready);
            }
        }

        throw new ClusterTestException($"The log of {pod.Name} does not say how long its start took:\n{log}");
    }
}
