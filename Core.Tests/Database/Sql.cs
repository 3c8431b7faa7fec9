using Npgsql;

namespace FunctionsApp.Core.Tests.Database;

static class Sql
{
    /// <summary>Runs one statement on a separate connection.</summary>
    public static async Task<object?> RunAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString
        );
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Whether the server accepts connections.</summary>
    public static async Task<bool> CanConnectAsync(string connectionString)
    {
        try
        {
            await RunAsync(connectionString, "SELECT 1");
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
