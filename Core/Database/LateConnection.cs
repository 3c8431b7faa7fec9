using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>Waits for a connection. One that opens when nobody waits for it any more returns to its pool.</summary>
static class LateConnection
{
    /// <exception cref="OperationCanceledException">It was not open when the wait was canceled.</exception>
    public static Task<NpgsqlConnection> WaitAsync(Task<NpgsqlConnection> opening, CancellationToken cancellationToken) =>
        OrReturnAsync(opening, opening.WaitAsync(cancellationToken));

    /// <exception cref="TimeoutException">It was not open in time.</exception>
    public static Task<NpgsqlConnection> WaitAsync(Task<NpgsqlConnection> opening, TimeSpan timeout, TimeProvider time) =>
        OrReturnAsync(opening, opening.WaitAsync(timeout, time));

    static async Task<NpgsqlConnection> OrReturnAsync(Task<NpgsqlConnection> opening, Task<NpgsqlConnection> waiting)
    {
        try
        {
            return await waiting;
        }
        catch
        {
            // Of an attempt that failed, this observes the exception.
            _ = opening.ContinueWith(
                late => late.IsCompletedSuccessfully ? late.Result.DisposeAsync().AsTask() : Task.FromResult(late.Exception),
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default
            );
            throw;
        }
    }
}
