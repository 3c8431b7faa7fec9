using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;

namespace FunctionsApp.Core.Accounts;

/// <summary>
/// Hashes passwords with BCrypt on a few threads of its own, with a low priority where the system supports thread priorities, so that a
/// login storm does not slow down the rest of the service. Work that does not fit in the queue is refused at once.
/// </summary>
public sealed partial class PasswordHasher : IDisposable
{
    // Linux: about a tenth of the share of another thread, and any thread may lower its own priority. The lowest, 19, has a seventieth:
    // while requests use all processors, logins would take minutes.
    const int PrioProcess = 0,
        CallingThread = 0,
        Niceness = 10;

    readonly HashingQueue slots;
    readonly BlockingCollection<Action> work = [];
    readonly int threads,
        queue,
        workFactor;
    readonly string dummy;
    readonly Meter meter = new(AccountMetrics.MeterName);
    readonly Histogram<double> duration;
    readonly Counter<long> refused;
    long lastTicks = TimeSpan.FromMilliseconds(250).Ticks;

    public PasswordHasher(AccountOptions options)
    {
        (threads, queue, workFactor) = (options.EffectiveHashingThreads, options.HashingQueue, options.BcryptWorkFactor);
        slots = new(threads, queue);
        // No password has this hash: the part after the cost is random.
        dummy = $"$2a${workFactor:00}$" + "N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
        duration = meter.CreateHistogram<double>("accounts.hashing.duration", "s", "Time to hash one password, without waiting.");
        refused = meter.CreateCounter<long>(
            "accounts.hashing.refused",
            "{request}",
            "Sign-ins and sign-ups refused because the queue was full."
        );
        meter.CreateObservableGauge(
            "accounts.hashing.waiting",
            () => Waiting,
            "{request}",
            "Sign-ins and sign-ups that wait for a hashing thread."
        );
        for (var i = 0; i < threads; i++)
            new Thread(Work) { IsBackground = true, Name = $"hashing {i}" }.Start();
    }

    /// <summary>How many wait for a hashing thread.</summary>
    internal int Waiting => slots.Waiting;

    /// <summary>Acquires a hashing thread for work without a client.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Busy"/> when the queue is full.</exception>
    public Task<Slot> EnterAsync(CancellationToken cancellationToken) => EnterAsync(HashingWork.Login, "", cancellationToken);

    /// <summary>Acquires a hashing thread, for as long as the slot is not disposed.</summary>
    /// <param name="work">Each kind of work has a queue of its own.</param>
    /// <param name="network">The client's; networks that wait in a queue are served in turn.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Busy"/> when the queue is full.</exception>
    public async Task<Slot> EnterAsync(HashingWork work, string network, CancellationToken cancellationToken)
    {
        if (await slots.EnterAsync(work, network, cancellationToken))
            return new Slot(this);
        refused.Add(1);
        var wait = TimeSpan.FromTicks(Volatile.Read(ref lastTicks)) * queue / threads;
        throw new RefusedException(Refusal.Busy, "Too many sign-ins at once. Try again shortly.") { RetryAfter = wait };
    }

    public void Dispose()
    {
        work.CompleteAdding();
        meter.Dispose();
    }

    /// <summary>Gives the calling thread the priority of a hashing thread, where the system supports it.</summary>
    internal static void LowerPriority()
    {
        if (OperatingSystem.IsLinux())
            _ = SetPriority(PrioProcess, CallingThread, Niceness);
        else
            Thread.CurrentThread.Priority = ThreadPriority.Lowest;
    }

    Task<T> Run<T>(Func<T> hash)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        work.Add(() =>
        {
            var start = Stopwatch.GetTimestamp();
            try
            {
                done.SetResult(hash());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }

            var elapsed = Stopwatch.GetElapsedTime(start);
            Volatile.Write(ref lastTicks, elapsed.Ticks);
            duration.Record(elapsed.TotalSeconds);
        });
        return done.Task;
    }

    void Work()
    {
        LowerPriority();
        foreach (var one in work.GetConsumingEnumerable())
            one();
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);

    /// <summary>The right to one hashing thread.</summary>
    public sealed class Slot(PasswordHasher hasher) : IDisposable
    {
        public Task<string> HashAsync(string password) =>
            hasher.Run(() => BCrypt.Net.BCrypt.HashPassword(PasswordPolicy.Prehash(password), hasher.workFactor));

        /// <summary>
        /// Compares. Without a hash (an unknown user), or with a text that is too long to be a password, it takes the same time and returns
        /// false.
        /// </summary>
        public Task<bool> VerifyAsync(string password, string? hash)
        {
            var possible = password.Length <= PasswordPolicy.MaxWrittenLength ? password : null;
            return hasher.Run(() =>
                BCrypt.Net.BCrypt.Verify(PasswordPolicy.Prehash(possible ?? ""), hash ?? hasher.dummy)
                && hash is not null
                && possible is not null
            );
        }

        /// <summary>Whether a hash was made with a lower work factor than the current one.</summary>
        public bool NeedsRehash(string hash) => BCrypt.Net.BCrypt.PasswordNeedsRehash(hash, hasher.workFactor);

        public void Dispose() => hasher.slots.Leave();
    }
}
