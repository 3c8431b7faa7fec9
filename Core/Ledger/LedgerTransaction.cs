using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Ledger;

/// <summary>
/// A transaction on one portfolio, for the stores that take part in it. It is rolled back unless it was committed. Statements whose results
/// are not needed wait for the next one and go with it, in their order, so that they take no round trip of their own.
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
    readonly List<(string Statement, Positional Parameters)> waiting = [];

    public Guid UserId => userId;

    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>
    /// Runs a statement in the round trip of the next one, before it, or before the commit. If it fails, the next one throws.
    /// </summary>
    public void ExecuteLater(string statement, Positional parameters) => waiting.Add((statement, parameters));

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
            return await QueryAfterWaitingAsync<T>(statement, positional);
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

    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        await ExecuteWaitingAsync();
        await transaction.CommitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }

    async Task ExecuteWaitingAsync()
    {
        if (waiting.Count == 0)
            return;
        await using var batch = Batch();
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    async Task<List<T>> QueryAfterWaitingAsync<T>(string statement, Positional parameters)
    {
        waiting.Add((statement, parameters));
        await using var batch = Batch();
        // At the result of the last statement, because the others return no rows.
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var parse = reader.GetRowParser<T>();
        List<T> rows = [];
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(parse(reader));
        return rows;
    }

    // The statements that waited.
    NpgsqlBatch Batch()
    {
        var batch = new NpgsqlBatch(connection, transaction);
        if (timeout is { } limit)
            batch.Timeout = (int)limit.TotalSeconds;
        foreach (var (statement, parameters) in waiting)
        {
            var command = new NpgsqlBatchCommand(statement);
            parameters.AddTo(command.Parameters);
            batch.BatchCommands.Add(command);
        }

        waiting.Clear();
        return batch;
    }

    CommandDefinition Command(string statement, object parameters) =>
        new(statement, parameters, commandTimeout: (int?)timeout?.TotalSeconds, cancellationToken: cancellationToken);
}
