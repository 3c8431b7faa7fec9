using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace FunctionsApp.Core.Database;

/// <summary>
/// Natural batching of a hot read by key. At most <see cref="BatchLimits.AtOnce"/> statements run at the same time. While fewer do, a read
/// leaves immediately and alone, so an idle server adds no latency. While that many do, reads wait, and leave together with the next
/// statement. No result depends on another read: a canceled read only stops waiting, and if one key makes a batch fail, its reads are
/// repeated one by one.
/// </summary>
/// <remarks>
/// Invariant, under <see cref="gate"/>: a read waits only while <see cref="running"/> is <see cref="BatchLimits.AtOnce"/>. Each running
/// loop takes the waiting reads before it ends, and ends within <see cref="BatchLimits.Statement"/> per statement, so each read is
/// completed.
/// </remarks>
/// <typeparam name="TKey">The key of a row.</typeparam>
/// <typeparam name="TRow">A row.</typeparam>
public sealed class BatchedRead<TKey, TRow> : IDisposable
    where TKey : notnull
    where TRow : class
{
    static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    readonly Lock gate = new();
    readonly LinkedList<Call> waiting = [];
    readonly Func<IReadOnlyList<TKey>, Task<IReadOnlyDictionary<TKey, TRow>>> read;
    readonly Func<Exception, bool> isCausedByKey;
    readonly BatchLimits limits;
    readonly TimeProvider time;
    readonly ITimer timer;
    readonly Meter meter = new("FunctionsApp.Database");
    readonly Histogram<int> sizes;
    readonly KeyValuePair<string, object?> tag;
    int running;
    bool isTimerSet;

    /// <param name="name">The read, for metrics.</param>
    /// <param name="read">Reads the rows of keys, which may repeat. A key without a row is missing in the result.</param>
    /// <param name="isCausedByKey">Whether a failure of <paramref name="read"/> may be due to one of the keys rather than to the
    /// database.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="time">Measures the waiting times.</param>
    public BatchedRead(
        string name,
        Func<IReadOnlyList<TKey>, Task<IReadOnlyDictionary<TKey, TRow>>> read,
        Func<Exception, bool> isCausedByKey,
        BatchLimits limits,
        TimeProvider time
    )
    {
        (this.read, this.isCausedByKey, this.limits, this.time) = (read, isCausedByKey, limits, time);
        tag = new("read", name);
        timer = time.CreateTimer(_ => RefuseLate(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        sizes = meter.CreateHistogram(
            "functionsapp.database.batch.size",
            unit: "{read}",
            description: "The number of reads per statement.",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64] }
        );
        meter.CreateObservableGauge(
            "functionsapp.database.batch.waiting",
            () => new Measurement<int>(Waiting, tag),
            unit: "{read}",
            description: "Reads waiting for the next batch."
        );
    }

    /// <summary>How many reads wait at the moment.</summary>
    public int Waiting
    {
        get
        {
            lock (gate)
                return waiting.Count;
        }
    }

    /// <summary>Reads the row of a key.</summary>
    /// <returns>The row, or null if there is none.</returns>
    /// <exception cref="RefusedException"><see cref="Refusal.Busy"/>: too many reads wait, or this one has waited too
    /// long.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled. The statement may still run.</exception>
    /// <exception cref="Exception">The statement failed.</exception>
    public async Task<TRow?> ReadAsync(TKey key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var call = new Call(key, time.GetTimestamp());
        Start(call);
        await using var registration = cancellationToken.UnsafeRegister(
            static (state, canceled) =>
            {
                var (batches, call) = ((BatchedRead<TKey, TRow>, Call))state!;
                batches.Remove(call);
                call.TrySetCanceled(canceled);
            },
            (this, call)
        );
        return await call.Task;
    }

    public void Dispose()
    {
        timer.Dispose();
        meter.Dispose();
    }

    // Starts a statement for the call alone, or lets it wait.
    void Start(Call call)
    {
        lock (gate)
        {
            if (running == limits.AtOnce)
            {
                if (waiting.Count >= limits.Waiting)
                    throw Busy();
                waiting.AddLast(call.Node);
                SetTimer();
                return;
            }

            running++;
        }

        // The loop serves other callers too: it must not keep the context of this one.
        if (ExecutionContext.IsFlowSuppressed())
        {
            _ = RunAsync(call);
            return;
        }

        using (ExecutionContext.SuppressFlow())
            _ = RunAsync(call);
    }

    // Does not fail: every failure belongs to the calls of a batch.
    async Task RunAsync(Call first)
    {
        List<Call> batch = [first];
        do await ExecuteAsync(batch);
        while (TakeWaiting(batch));
    }

    bool TakeWaiting(List<Call> batch)
    {
        batch.Clear();
        lock (gate)
        {
            while (batch.Count < limits.Size && waiting.First is { } node)
            {
                waiting.Remove(node);
                batch.Add(node.Value);
            }

            if (batch.Count == 0)
                running--;
        }

        return batch.Count > 0;
    }

    async Task ExecuteAsync(List<Call> batch)
    {
        // The span of the statement belongs to the trace of its first read.
        Activity.Current = batch[0].Activity;
        try
        {
            sizes.Record(batch.Count, tag);
            await ReadAsync(batch);
        }
        catch (Exception e) when (batch.Count > 1 && isCausedByKey(e))
        {
            await ExecuteOneByOneAsync(batch);
        }
        catch (Exception e)
        {
            Fail(batch, e);
        }
    }

    // After a failure that is not due to a key, the others would fail in the same way.
    async Task ExecuteOneByOneAsync(List<Call> batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            try
            {
                await ReadAsync([batch[i]]);
            }
            catch (Exception e) when (isCausedByKey(e))
            {
                batch[i].TrySetException(e);
            }
            catch (Exception e)
            {
                Fail(batch.Skip(i), e);
                return;
            }
        }
    }

    async Task ReadAsync(IReadOnlyList<Call> batch)
    {
        var keys = new TKey[batch.Count];
        for (var i = 0; i < keys.Length; i++)
            keys[i] = batch[i].Key;
        IReadOnlyDictionary<TKey, TRow> rows;
        var attempt = ReadAttempt.Begin();
        try
        {
            // The limit releases the batch's place even if the driver hangs.
            rows = await read(keys).WaitAsync(limits.Statement, time);
        }
        finally
        {
            foreach (var call in batch)
                call.Attempt?.Note(attempt.IsOnStandby);
        }

        foreach (var call in batch)
            call.TrySetResult(rows.GetValueOrDefault(call.Key));
    }

    static void Fail(IEnumerable<Call> batch, Exception exception)
    {
        foreach (var call in batch)
            call.TrySetException(exception);
    }

    // A canceled read no longer waits. One that is in a statement only stops waiting for its result.
    void Remove(Call call)
    {
        lock (gate)
        {
            if (call.Node.List is not null)
                waiting.Remove(call.Node);
        }
    }

    void RefuseLate()
    {
        List<Call> late = [];
        lock (gate)
        {
            isTimerSet = false;
            while (waiting.First is { } node && time.GetElapsedTime(node.Value.Since) >= limits.Wait)
            {
                waiting.Remove(node);
                late.Add(node.Value);
            }

            SetTimer();
        }

        foreach (var call in late)
            call.TrySetException(Busy());
    }

    // For the read that has waited longest. Under the gate.
    void SetTimer()
    {
        if (isTimerSet || waiting.First is not { } oldest)
            return;
        var left = limits.Wait - time.GetElapsedTime(oldest.Value.Since);
        isTimerSet = true;
        timer.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    static RefusedException Busy() => new(Refusal.Busy, "The service is busy. Try again shortly.") { RetryAfter = RetryAfter };

    sealed class Call : TaskCompletionSource<TRow?>
    {
        // A continuation must not run within the loop, where it would delay the other calls.
        public Call(TKey key, long since)
            : base(TaskCreationOptions.RunContinuationsAsynchronously)
        {
            (Key, Since, Activity, Attempt) = (key, since, Activity.Current, ReadAttempt.Current);
            Node = new(this);
        }

        public TKey Key { get; }

        /// <summary>When it began to wait.</summary>
        public long Since { get; }

        public Activity? Activity { get; }

        /// <summary>Of the request, which has to know where the batch ran.</summary>
        public ReadAttempt? Attempt { get; }

        public LinkedListNode<Call> Node { get; }
    }
}
