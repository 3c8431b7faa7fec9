using System.Diagnostics;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>Counts the statements that Npgsql sends for the current test after the counter was created.</summary>
sealed class StatementCounter : IDisposable
{
    readonly ActivitySource source = new(nameof(StatementCounter));
    readonly ActivityListener listener;
    readonly Activity root;
    int count;

    public StatementCounter()
    {
        listener = new()
        {
            ShouldListenTo = one => one.Name is "Npgsql" or nameof(StatementCounter),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (
                    activity.Source.Name == "Npgsql"
                    && activity.TraceId == root?.TraceId
                    && activity.GetTagItem("db.query.text") is not null
                )
                    Interlocked.Increment(ref count);
            },
        };
        ActivitySource.AddActivityListener(listener);
        root = source.StartActivity("test") ?? throw new InvalidOperationException("There is no listener.");
    }

    public int Count => Volatile.Read(ref count);

    public void Dispose()
    {
        root.Dispose();
        listener.Dispose();
        source.Dispose();
    }
}
