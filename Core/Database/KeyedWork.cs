namespace FunctionsApp.Core.Database;

/// <summary>
/// Retries work with an idempotency key. Work recognizes by its key what it has committed before, so unlike other writes it can also be
/// retried if the connection was lost during the commit.
/// </summary>
public static class KeyedWork
{
    /// <summary>Runs work, and with a key once more if the connection was lost or the database rolled back.</summary>
    /// <param name="key">Null for work without a key, which runs once.</param>
    public static async Task<T> RunAsync<T>(string? key, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await work();
        }
        catch (Exception e)
            when (key is not null && !cancellationToken.IsCancellationRequested && DatabaseFailure.Of(e) is { MayRepeat: true })
        {
            return await work();
        }
    }
}
