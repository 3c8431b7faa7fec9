namespace FunctionsApp.Core.Database;

/// <summary>
/// Retries work with an idempotency key. Such work finds by its key what it has committed, so unlike other writes it can also be retried if
/// the connection was lost during the commit.
/// </summary>
/// <remarks>
/// A commit whose wait for a synchronous standby was ended can be seen, although no standby may have it. Whatever returns what it finds
/// by a key therefore locks the row (<c>for key share</c>, for which only a deletion waits): that is a write, whose own commit waits for
/// the standbys, which then have the first one too.
/// </remarks>
public sealed class KeyedWork(PostgresDatabase database)
{
    /// <summary>
    /// Runs work, and with a key once more after a failure that is likely to be gone: see <see cref="DatabaseFailure.MayRepeat"/>.
    /// </summary>
    /// <param name="key">Null for work without a key, which runs once.</param>
    public Task<T> RunAsync<T>(string? key, Func<Task<T>> work, CancellationToken cancellationToken) =>
        database.RetryAsync(work, _ => key is not null, cancellationToken);
}
