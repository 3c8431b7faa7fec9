using Npgsql;

namespace FunctionsApp.LoadTest.Subjects;

/// <summary>What a database counts.</summary>
sealed class DatabaseStatistics(string connectionString) : IAsyncDisposable
{
    readonly NpgsqlDataSource source = NpgsqlDataSource.Create(connectionString);

    /// <summary>Statements since some start; the server must have loaded pg_stat_statements.</summary>
    public Task<long> CountStatementsAsync(CancellationToken cancellationToken) =>
        ReadAsync<long>(
            "select coalesce(sum(calls), 0)::bigint from pg_stat_statements where query not like '%pg_stat_%'",
            cancellationToken
        );

    public Task<long> CountTransactionsAsync(CancellationToken cancellationToken) =>
        ReadAsync<long>("select xact_commit + xact_rollback from pg_stat_database where datname = current_database()", cancellationToken);

    /// <summary>The connections that are open now.</summary>
    /// <param name="applicationName">Of their clients.</param>
    public async Task<int> CountConnectionsAsync(string applicationName, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("select count(*)::integer from pg_stat_activity where application_name = $1");
        command.Parameters.Add(new() { Value = applicationName });
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();

    async Task<T> ReadAsync<T>(string sql, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
