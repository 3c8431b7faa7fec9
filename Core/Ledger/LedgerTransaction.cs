using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Ledger;

/// <summary>A transaction on one portfolio, for the stores that take part in it. It is rolled back unless it was committed.</summary>
/// <param name="timeout">How long one statement may take; null for the connection's setting.</param>
sealed class LedgerTransaction(
    NpgsqlConnection connection,
    NpgsqlTransaction transaction,
    Guid userId,
    TimeSpan? timeout,
    CancellationToken cancellationToken
) : IAsyncDisposable
{
    public Guid UserId => userId;

    public CancellationToken CancellationToken => cancellationToken;

    public Task<int> ExecuteAsync(string statement, object parameters) => connection.ExecuteAsync(Command(statement, parameters));

    /// <summary>Runs statements one after another in one round trip.</summary>
    public async Task ExecuteAllAsync(params (string Statement, Positional Parameters)[] statements)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        if (timeout is { } limit)
            batch.Timeout = (int)limit.TotalSeconds;
        foreach (var (statement, parameters) in statements)
        {
            var command = new NpgsqlBatchCommand(statement);
            parameters.AddTo(command.Parameters);
            batch.BatchCommands.Add(command);
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    public Task<T?> ScalarAsync<T>(string statement, object parameters) => connection.ExecuteScalarAsync<T>(Command(statement, parameters));

    public async Task<List<T>> QueryAsync<T>(string statement, object parameters) =>
        (await connection.QueryAsync<T>(Command(statement, parameters))).AsList();

    public Task<T> SingleAsync<T>(string statement, object parameters) => connection.QuerySingleAsync<T>(Command(statement, parameters));

    public Task<T?> SingleOrDefaultAsync<T>(string statement, object parameters) =>
        connection.QuerySingleOrDefaultAsync<T>(Command(statement, parameters));

    /// <summary>A command for rows that are read without Dapper.</summary>
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
        var copy = await connection.BeginBinaryImportAsync(statement, cancellationToken);
        if (timeout is { } limit)
            copy.Timeout = limit;
        return copy;
    }

    public Task CommitAsync(CancellationToken cancellationToken) => transaction.CommitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }

    CommandDefinition Command(string statement, object parameters) =>
        new(statement, parameters, commandTimeout: (int?)timeout?.TotalSeconds, cancellationToken: cancellationToken);
}
