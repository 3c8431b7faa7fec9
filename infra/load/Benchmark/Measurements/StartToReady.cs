using FunctionsApp.Benchmark.Subject;

namespace FunctionsApp.Benchmark.Measurements;

/// <summary>The time from process start to the first 200 of <c>/readyz</c>, with a running and migrated database.</summary>
static class StartToReady
{
    public static async Task<IReadOnlyList<Row>> RunAsync(SystemUnderTest subject, Effort effort, CancellationToken cancellationToken)
    {
        List<double> seconds = [],
            processor = [];
        // The first start reads the program from disk.
        for (var i = -1; i < effort.Starts; i++)
        {
            await using var server = subject.StartServer();
            var ready = await server.ReadyAsync(cancellationToken);
            if (i < 0)
                continue;
            seconds.Add(ready.TotalSeconds);
            processor.Add(server.ProcessorTime.TotalSeconds);
        }

        return
        [
            new(
                "start",
                "process start to the first 200 of /readyz",
                Target.AtMost(0.4, "s"),
                seconds,
                $"{effort.Starts} starts, {Row.MedianOf(processor):0.00} s of processor time each"
            ),
        ];
    }
}
