using Npgsql;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>An exclusive lock on tables until it is released or disposed.</summary>
sealed class TableLock : IAsyncDisposable
{
    /// <summary>The number of connections to the current database that are waiting for a lock.</summary>
    public const string CountWaiting =
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";

    readonly NpgsqlConnection connection;
    readonly NpgsqlTransaction transaction;

    TableLock(NpgsqlConnection connection, NpgsqlTransaction transaction) =>
        (this.connection, this.transaction) = (connection, transaction);

    /// <param name="database">The database of the tables.</param>
    /// <param name="tables">The names of the tables, separated by commas.</param>
    public static async Task<TableLock> TakeAsync(NpgsqlDataSource database, string tables)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var connection = await database.OpenConnectionAsync(cancellationToken);
        var taken = new TableLock(connection, await connection.BeginTransactionAsync(cancellationToken));
        await using var command = new NpgsqlCommand($"lock table {tables} in access exclusive mode", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return taken;
    }

    public Task ReleaseAsync() => transaction.RollbackAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}
