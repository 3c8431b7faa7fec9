using System.Net;
using System.Net.Sockets;

namespace FunctionsApp.Benchmark.Load;

/// <summary>Threads with a connection each, and what came of them.</summary>
static class LoadThreads
{
    /// <summary>
    /// Runs <paramref name="work"/> once per connection, all at once, until every one returns. Cancelling breaks the
    /// connections.
    /// </summary>
    /// <exception cref="BenchmarkException">One of them failed.</exception>
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
