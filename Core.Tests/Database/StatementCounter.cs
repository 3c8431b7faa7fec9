using System.Diagnostics;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>Counts the statements that Npgsql sends on behalf of the code that runs after its creation, not of other tests.</summary>
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
        root = source.StartActivity("test") ?? throw new InvalidOperationException("Nothing listens.");
    }

    public int Count => Volatile.Read(ref count);

    public void Dispose()
    {
        root.Dispose();
        listener.Dispose();
        source.Dispose();
    }
}
