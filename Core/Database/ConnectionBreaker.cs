using Npgsql;
using Polly;
using Polly.CircuitBreaker;

namespace FunctionsApp.Core.Database;

/// <summary>
/// Opens connections to one database server, and after two timeouts refuses to for a second at a time, with one attempt after each: while
/// the server is silent, a request fails in milliseconds instead of waiting for a timeout. A server that refuses connections fails fast by
/// itself.
/// </summary>
sealed class ConnectionBreaker
{
    /// <summary>How long no connection is attempted after a timeout.</summary>
    public static readonly TimeSpan Break = TimeSpan.FromSeconds(1);

    readonly ResiliencePipeline<NpgsqlConnection> pipeline;

    public ConnectionBreaker(TimeProvider time) =>
        pipeline = new ResiliencePipelineBuilder<NpgsqlConnection> { TimeProvider = time }
            .AddCircuitBreaker(
                new()
                {
                    MinimumThroughput = 2,
                    FailureRatio = 0.5,
                    // About as long as a timeout: what succeeded before the silence does not count.
                    SamplingDuration = TimeSpan.FromSeconds(3),
                    BreakDuration = Break,
                    ShouldHandle = outcome => ValueTask.FromResult(IsTimeout(outcome.Outcome.Exception)),
                }
            )
            .Build();

    /// <exception cref="NpgsqlException">No connection is free, the database is unreachable, or it was silent a moment ago.</exception>
    public async ValueTask<NpgsqlConnection> OpenAsync(NpgsqlDataSource pool, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            // Not ended by the caller: a canceled attempt says nothing about the server, but would count as a success.
            var opening = pipeline.ExecuteAsync(static (pool, none) => pool.OpenConnectionAsync(none), pool, CancellationToken.None);
            return opening.IsCompleted || !cancellationToken.CanBeCanceled
                ? await opening
                : await LateConnection.WaitAsync(opening.AsTask(), cancellationToken);
        }
        catch (BrokenCircuitException e)
        {
            // Its inner exception is the timeout.
            throw new NpgsqlException($"The database did not respond. The next attempt is made within {Break.TotalSeconds:0} s.", e);
        }
    }

    // Not a connection that was refused, nor a pool without a free one.
    static bool IsTimeout(Exception? exception) =>
        exception is not null and not PostgresException
        && DatabaseFailure.Of(exception) is { Kind: DatabaseFailureKind.Unavailable, MayRepeat: false };
}
