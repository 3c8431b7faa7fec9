using System.Net;
using System.Net.Sockets;

namespace FunctionsApp.Benchmark.Load;

/// <summary>Runs threads with a connection each.</summary>
static class LoadThreads
{
    /// <summary>
    /// Runs <paramref name="work"/> once per connection, concurrently, until all have returned. Cancellation closes the connections.
    /// </summary>
    /// <exception cref="BenchmarkException">A thread failed.</exception>
    public static async Task RunAsync(IPEndPoint server, int connections, Action<HttpConnection> work, CancellationToken cancellationToken)
    {
        await Task.WhenAll(
            Enumerable
                .Range(0, connections)
                .Select(_ =>
                    Task.Factory.StartNew(
                        () =>
                        {
                            try
                            {
                                using var connection = new HttpConnection(server);
                                using var broken = cancellationToken.Register(connection.Dispose);
                                work(connection);
                            }
                            catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
                            {
                                cancellationToken.ThrowIfCancellationRequested();
                                throw new BenchmarkException($"A request to the server failed: {e.Message}", e);
                            }
                        },
                        cancellationToken,
                        TaskCreationOptions.LongRunning,
                        TaskScheduler.Default
                    )
                )
        );
    }
}
