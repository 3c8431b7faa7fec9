using Dapper;
using FunctionsApp.Core.Database;
using FunctionsApp.LocalPostgres;
using Npgsql;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>A table whose rows tests write on the primary and read wherever <see cref="PostgresDatabase"/> decides.</summary>
static class ReplicaRows
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The port of a server, which identifies the server that answered a read.</summary>
    public static int PortOf(LocalPostgresServer server) => new NpgsqlConnectionStringBuilder(server.ConnectionString).Port;

    /// <summary>Creates the table.</summary>
    public static async Task PrepareAsync(PostgresDatabase database)
    {
        await using var connection = await database.OpenAsync(Cancel);
        await connection.ExecuteAsync("create table t (id int primary key)");
    }

    /// <summary>Creates the table, writes row 1 and waits until both standbys have it.</summary>
    public static async Task PrepareWithRowAsync(PostgresCluster cluster, PostgresDatabase database)
    {
        await PrepareAsync(database);
        await WriteAsync(database, 1);
        await UntilBothHaveTheRowAsync(cluster);
    }

    /// <summary>Writes a row.</summary>
    public static async Task WriteAsync(PostgresDatabase database, int id)
    {
        await using var connection = await database.OpenAsync(Cancel);
        await connection.ExecuteAsync("insert into t values (@id)", new { id });
    }

    /// <summary>Writes a row as soon as there is a primary.</summary>
    public static Task UntilWrittenAsync(PostgresDatabase database, int id) =>
        Waiting.UntilAsync(
            "a write succeeds",
            async () =>
            {
                try
                {
                    await using var connection = await database.OpenAsync(Cancel);
                    await connection.ExecuteAsync("insert into t values (@id) on conflict do nothing", new { id });
                    return true;
                }
                catch (Exception e) when (DatabaseFailure.Of(e) is not null)
                {
                    return false;
                }
            }
        );

    /// <summary>Asserts that the row is there. A pooled connection may be broken, so a read is repeated once, as a GET is.</summary>
    /// <returns>The port of the server that answered.</returns>
    public static async Task<int> ReadPortAsync(PostgresDatabase database, int id)
    {
        try
        {
            return await ReadPortOnceAsync(database, id);
        }
        catch (Exception e) when (DatabaseFailure.Of(e) is { MayRepeat: true })
        {
            return await ReadPortOnceAsync(database, id);
        }
    }

    /// <summary>Like <see cref="ReadPortAsync"/>, without a repetition.</summary>
    public static async Task<int> ReadPortOnceAsync(PostgresDatabase database, int id)
    {
        await using var connection = await database.OpenForReadAsync(Cancel);
        var (found, port) = await connection.QuerySingleAsync<(long Found, int Port)>(
            "select (select count(*) from t where id = @id), inet_server_port()",
            new { id }
        );
        Assert.True(found == 1, $"Row {id} is missing on port {port}.");
        return port;
    }

    /// <summary>Waits until both standbys have the only row.</summary>
    public static Task UntilBothHaveTheRowAsync(PostgresCluster cluster) =>
        Waiting.UntilAsync(
            "both standbys have the row",
            async () =>
                await PostgresCluster.RunAsync(cluster.Servers[1], "select count(*) from t") is 1L
                && await PostgresCluster.RunAsync(cluster.Servers[2], "select count(*) from t") is 1L
        );
}
