using System.Diagnostics;
using FunctionsApp.Benchmark.Subject;
using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Benchmark.Load;

/// <summary>
/// BCrypt alone, with as many threads as the server uses for hashing and the same priority: the upper bound for signup and login.
/// </summary>
static class BareHashes
{
    /// <summary>Hashes per second.</summary>
    public static async Task<double> RunAsync(int count, int threads, CancellationToken cancellationToken)
    {
        var options = new AccountOptions();
        var left = count;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(
            Enumerable
                .Range(0, threads)
                .Select(_ =>
                {
                    var done = new TaskCompletionSource();
                    var thread = new Thread(() =>
                    {
                        try
                        {
                            PasswordHasher.LowerPriority();
                            while (!cancellationToken.IsCancellationRequested && Interlocked.Decrement(ref left) >= 0)
                            {
                                BCrypt.Net.BCrypt.HashPassword(PasswordPolicy.Prehash(Population.Password), options.BcryptWorkFactor);
                            }

                            done.SetResult();
                        }
                        catch (Exception e)
                        {
                            done.SetException(e);
                        }
                    })
                    {
                        IsBackground = true,
                    };
                    thread.Start();
                    return done.Task;
                })
        );
        cancellationToken.ThrowIfCancellationRequested();
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
