using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Ledger;

/// <summary>
/// A transaction on one portfolio, for the stores that take part in it. It is rolled back unless it was committed. Statements whose results
/// are not needed at once wait for the next one and go with it, in their order, so that they take no round trip of their own. The commit
/// goes with those that still wait.
/// </summary>
/// <param name="timeout">How long one statement may take; null for the connection's setting.</param>
sealed class LedgerTransaction(
    NpgsqlConnection connection,
    NpgsqlTransaction transaction,
    Guid userId,
    TimeSpan? timeout,
    CancellationToken cancellationToken
) : IAsyncDisposable
{
    readonly List<WaitingStatement> waiting = [];

    public Guid UserId => userId;

    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>
    /// Runs a statement in the round trip of the next one, before it, or before the commit. If it fails, the next one throws.
    /// </summary>
    public void ExecuteLater(string statement, Positional parameters) => waiting.Add(new(statement, parameters));

    /// <summary>Like <see cref="ExecuteLater"/>, for a query.</summary>
    /// <param name="resultOf">Makes the result from the query's rows.</param>
    public PendingResult<T> QueryLater<TRow, T>(string statement, Positional parameters, Func<List<TRow>, T> resultOf)
    {
        var result = new PendingResult<T>();
        waiting.Add(new(statement, parameters, ReadAsync));
        return result;

        async Task ReadAsync(NpgsqlDataReader reader)
        {
            var parse = reader.GetRowParser<TRow>();
            List<TRow> rows = [];
            while (await reader.ReadAsync(cancellationToken))
                rows.Add(parse(reader));
            result.Set(resultOf(rows));
        }
    }

    /// <summary>Executes the statements that wait, and returns the result of one of them.</summary>
    public async Task<T> ResultOfAsync<T>(PendingResult<T> pending)
    {
        await ExecuteWaitingAsync();
        return pending.Value;
    }

    public async Task<int> ExecuteAsync(string statement, object parameters)
    {
        await ExecuteWaitingAsync();
        return await connection.ExecuteAsync(Command(statement, parameters));
    }

    public async Task<T?> ScalarAsync<T>(string statement, object parameters)
    {
        await ExecuteWaitingAsync();
        return await connection.ExecuteScalarAsync<T>(Command(statement, parameters));
    }

    public async Task<List<T>> QueryAsync<T>(string statement, object parameters)
    {
        if (waiting.Count > 0 && parameters is Positional positional)
            return await ResultOfAsync(QueryLater<T, List<T>>(statement, positional, rows => rows));
        await ExecuteWaitingAsync();
        return (await connection.QueryAsync<T>(Command(statement, parameters))).AsList();
    }

    public async Task<T> SingleAsync<T>(string statement, object parameters) => (await QueryAsync<T>(statement, parameters)).Single();

    public async Task<T?> SingleOrDefaultAsync<T>(string statement, object parameters) =>
        (await QueryAsync<T>(statement, parameters)).SingleOrDefault();

    /// <summary>A command for rows that are read without Dapper, in a transaction that only reads.</summary>
    /// <param name="parameters">By position.</param>
    public NpgsqlCommand CreateCommand(string statement, params ReadOnlySpan<object> parameters)
    {
        var command = new NpgsqlCommand(statement, connection, transaction);
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });
        return command;
    }

    public async Task<NpgsqlBinaryImporter> BeginCopyAsync(string statement)
    {
        await ExecuteWaitingAsync();
        var copy = await connection.BeginBinaryImportAsync(statement, cancellationToken);
        if (timeout is { } limit)
            copy.Timeout = limit;
        return copy;
    }

    public async Task CommitAsync()
    {
        if (waiting.Count == 0)
        {
            await transaction.CommitAsync(cancellationToken);
            return;
        }

        // Npgsql knows from the server's response that the transaction is over.
        ExecuteLater("commit", new());
        await ExecuteWaitingAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }

    /// <summary>Executes the statements that wait.</summary>
    public async Task ExecuteWaitingAsync()
    {
        if (waiting.Count == 0)
            return;
        WaitingStatement[] statements = [.. waiting];
        waiting.Clear();
        await using var batch = Batch(statements);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        // The reader skips statements that return no rows.
        foreach (var readAsync in statements.Select(one => one.ReadAsync).OfType<Func<NpgsqlDataReader, Task>>())
        {
            await readAsync(reader);
            await reader.NextResultAsync(cancellationToken);
        }

        // An error of a statement after the last query is thrown here.
        while (await reader.NextResultAsync(cancellationToken)) { }
    }

    NpgsqlBatch Batch(IEnumerable<WaitingStatement> statements)
    {
        var batch = new NpgsqlBatch(connection, transaction);
        if (timeout is { } limit)
            batch.Timeout = (int)limit.TotalSeconds;
        foreach (var one in statements)
        {
            var command = new NpgsqlBatchCommand(one.Statement);
            one.Parameters.AddTo(command.Parameters);
            batch.BatchCommands.Add(command);
        }

        return batch;
    }

    CommandDefinition Command(string statement, object parameters) =>
        new(statement, parameters, commandTimeout: (int?)timeout?.TotalSeconds, cancellationToken: cancellationToken);

    readonly record struct WaitingStatement(string Statement, Positional Parameters, Func<NpgsqlDataReader, Task>? ReadAsync = null);
}
