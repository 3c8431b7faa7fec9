using Npgsql;
using NpgsqlTypes;

namespace FunctionsApp.Core.Database;

/// <summary>
/// One of several database servers: its connections for reads, and its last reported state. The host must be a single server, not
/// a name that stands for several.
/// </summary>
sealed class DatabaseHost
{
    /// <summary>The timeout for connecting and for a state query, each. After it, the server counts as unreachable.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    // Npgsql's own timeout, which has the better message, comes first.
    static readonly TimeSpan Margin = TimeSpan.FromSeconds(0.2);

    /// <summary>
    /// How long requests do not ask a server that has failed, which <c>ReplicaWatch</c> asks more often; and how long they wait for it
    /// where nothing else can answer.
    /// </summary>
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    readonly NpgsqlDataSource reads,
        questions;
    readonly SharedRound<HostState?> round;
    readonly TimeProvider time;
    volatile HostState? last;
    volatile Exception? failure;

    // Kept after a failure. Only one question at a time changes it.
    HostState? lastAnswer;
    long failedAt,
        failingSince,
        passedOverSince,
        fullSince;

    /// <param name="name">The host and port.</param>
    /// <param name="settings">The connection string with this host alone.</param>
    /// <param name="build">Builds a pool of this host, which its caller disposes.</param>
    public DatabaseHost(
        string name,
        NpgsqlConnectionStringBuilder settings,
        Func<string, NpgsqlConnectionStringBuilder, Func<NpgsqlConnection, Task>?, NpgsqlDataSource> build,
        TimeProvider time
    )
    {
        (Name, this.time, Breaker) = (name, time, new(time));
        reads = build("functionsapp-reads", settings, VerifyAsync);
        questions = build(
            "functionsapp-replicas",
            new NpgsqlConnectionStringBuilder(settings.ConnectionString)
            {
                MinPoolSize = 0,
                MaxPoolSize = 2,
                Timeout = (int)Timeout.TotalSeconds,
                CommandTimeout = (int)Timeout.TotalSeconds,
                CancellationTimeout = -1,
            },
            null
        );
        round = new(() => AskOnceAsync());
    }

    public string Name { get; }

    /// <summary>Of the pools for writes.</summary>
    public ConnectionBreaker Breaker { get; }

    /// <summary>The last answer; null if there is none yet or the server has failed since.</summary>
    public HostState? Last => last;

    /// <summary>Why the last attempt failed; null if it did not.</summary>
    public Exception? Failure => failure;

    /// <summary>Whether requests should not wait for this server: it failed recently, and nothing has been heard of it since.</summary>
    public bool IsAbsent => last is null && failure is not null && time.GetElapsedTime(Volatile.Read(ref failedAt)) < Pause;

    /// <summary>Whether the server answered a moment ago: it may only be too busy to answer now.</summary>
    public bool MayAnswerAgain => last is null && failure is not null && time.GetElapsedTime(Volatile.Read(ref failingSince)) < Pause;

    /// <summary>Whether the standby was too far behind within the last second.</summary>
    public bool IsPassedOver => IsWithinASecond(ref passedOverSince);

    /// <summary>Whether a read found no free connection within the last second.</summary>
    public bool IsFull => IsWithinASecond(ref fullSince);

    /// <summary>Asks the server for its state. Concurrent callers share the question.</summary>
    /// <returns>Null if it does not answer.</returns>
    public Task<HostState?> AskAsync() => round.AskAsync();

    /// <summary>Lets requests not wait for this standby for a second.</summary>
    public void PassOver() => Volatile.Write(ref passedOverSince, time.GetTimestamp());

    /// <summary>Opens a connection to the server process that gave the last answer.</summary>
    /// <param name="chosenBy">The answer because of which this server was chosen.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="NpgsqlException">The server is unreachable, was restarted since that answer, or no connection is free.</exception>
    public async ValueTask<NpgsqlConnection> OpenAsync(HostState chosenBy, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection;
        try
        {
            connection = await reads.OpenConnectionAsync(cancellationToken);
        }
        catch (Exception e) when (DatabaseFailure.Of(e) is { Kind: DatabaseFailureKind.Unavailable })
        {
            Fail(e);
            throw;
        }
        catch (Exception e) when (DatabaseFailure.Of(e) is { Kind: DatabaseFailureKind.PoolExhausted })
        {
            Volatile.Write(ref fullSince, time.GetTimestamp());
            throw;
        }

        // While this waited for a free connection, the server may have been restarted, and what it is now may have been asked.
        if (last is { } now && now.StartedAt == chosenBy.StartedAt && now.Position >= chosenBy.Position)
            return connection;
        await connection.DisposeAsync();
        throw NotTheSame();
    }

    void Fail(Exception e)
    {
        // If the server was restarted, none of its pooled connections works.
        if (last is not null)
            reads.Clear();
        last = null;
        var now = time.GetTimestamp();
        if (failure is null)
            Volatile.Write(ref failingSince, now);
        failure = e;
        Volatile.Write(ref failedAt, now);
    }

    async Task<HostState?> AskOnceAsync(bool repeated = false)
    {
        try
        {
            await using var connection = await OpenInTimeAsync(questions);
            await using var command = new NpgsqlCommand(HostState.Statement, connection);
            await using var reader = await command.ExecuteReaderAsync();
            await reader.ReadAsync();
            var position = PositionAt(reader, 3);
            var isDrained = reader.GetBoolean(5);
            var state = new HostState(
                reader.GetDateTime(0),
                reader.GetBoolean(1),
                reader.GetInt32(2),
                position,
                !reader.IsDBNull(4) ? Math.Max(position, PositionAt(reader, 4))
                    : isDrained ? PositionAt(reader, 7)
                    : null,
                isDrained,
                reader.GetBoolean(6)
            ).After(lastAnswer);
            lastAnswer = state;
            var before = last;
            last = state;
            failure = null;
            // Pooled connections may belong to the earlier process or to another server.
            if (before is not null && before.StartedAt != state.StartedAt)
                reads.Clear();
            return state;
        }
        catch (Exception e) when (!repeated && DatabaseFailure.Of(e) is { MayRepeat: true })
        {
            // Only pooled connections may have ended: CloudNativePG terminates all of them after a promotion.
            questions.Clear();
            return await AskOnceAsync(repeated: true);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException or InvalidCastException)
        {
            // ReplicaWatch logs it.
            Fail(e);
            return null;
        }
    }

    // Npgsql's timeout does not limit the resolution of the host's name, which takes seconds for the name of a machine that has gone.
    Task<NpgsqlConnection> OpenInTimeAsync(NpgsqlDataSource pool) =>
        LateConnection.WaitAsync(pool.OpenConnectionAsync().AsTask(), Timeout + Margin, time);

    static ulong PositionAt(NpgsqlDataReader reader, int column) => (ulong)reader.GetFieldValue<NpgsqlLogSequenceNumber>(column);

    bool IsWithinASecond(ref long since) =>
        Volatile.Read(ref since) is not 0 and var timestamp && time.GetElapsedTime(timestamp) < TimeSpan.FromSeconds(1);

    // A position that one server process has reported says nothing about another one. After a crash of one of its processes a standby
    // recovers again, possibly to an earlier position, although its first process goes on.
    async Task VerifyAsync(NpgsqlConnection connection)
    {
        var expected = last ?? throw NotTheSame();
        await using var command = new NpgsqlCommand("select pg_postmaster_start_time(), pg_last_wal_replay_lsn()", connection)
        {
            CommandTimeout = (int)Timeout.TotalSeconds,
        };
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        if (expected.StartedAt != reader.GetDateTime(0))
            throw NotTheSame();
        if (expected.IsStandby && (reader.IsDBNull(1) || PositionAt(reader, 1) < expected.Position))
            throw NotTheSame();
    }

    NpgsqlException NotTheSame() => new($"The database server {Name} was restarted after it last reported its state.");
}
