using Dapper;
using Npgsql;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>
/// An empty database on each node of the Citus cluster whose coordinator is in the environment variable <c>FUNCTIONSAPP_TEST_CITUS</c>: the
/// connection string of a superuser to a database in which the nodes are known.
/// </summary>
sealed class CitusDatabase : IAsyncDisposable
{
    const string Variable = "FUNCTIONSAPP_TEST_CITUS";

    readonly List<(string Host, int Port)> nodes;
    readonly string name;

    CitusDatabase(List<(string Host, int Port)> nodes, string name) => (this.nodes, this.name) = (nodes, name);

    /// <summary>For the coordinator.</summary>
    public string ConnectionString => On(nodes[0], name);

    /// <summary>For one of the workers.</summary>
    public string WorkerConnectionString => On(nodes[1], name);

    /// <summary>Creates the database. The test is skipped if there is no cluster.</summary>
    public static async Task<CitusDatabase> CreateAsync()
    {
        var setting = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(
            string.IsNullOrEmpty(setting),
            $"There is no Citus cluster: set {Variable} to the coordinator's connection string."
        );
        var coordinator = new NpgsqlConnectionStringBuilder(setting);
        await using var connection = new NpgsqlConnection(setting);
        var workers = await connection.QueryAsync<(string, int)>(
            "select node_name, node_port::integer from citus_get_active_worker_nodes()"
        );
        var created = new CitusDatabase([(coordinator.Host!, coordinator.Port), .. workers], $"test_{Guid.NewGuid():N}");
        foreach (var node in created.nodes)
        {
            await ExecuteAsync(
                On(node, coordinator.Database!),
                $"set citus.enable_create_database_propagation = off; create database {created.name}"
            );
            await ExecuteAsync(On(node, created.name), "create extension citus");
        }

        await ExecuteAsync(created.ConnectionString, $"select citus_set_coordinator_host('{coordinator.Host}', {coordinator.Port})");
        foreach (var (host, port) in created.nodes[1..])
            await ExecuteAsync(created.ConnectionString, $"select citus_add_node('{host}', {port})");
        return created;
    }

    /// <summary>From now on, the node of <see cref="WorkerConnectionString"/> refuses all connections to this database.</summary>
    public async Task RefuseConnectionsToWorkerAsync()
    {
        var other = On(nodes[1], new NpgsqlConnectionStringBuilder(Environment.GetEnvironmentVariable(Variable)).Database!);
        await ExecuteAsync(
            other,
            $"set citus.enable_ddl_propagation = off; alter database {name} allow_connections false; "
                + $"select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{name}'"
        );
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        var setting = new NpgsqlConnectionStringBuilder(Environment.GetEnvironmentVariable(Variable));
        foreach (var node in nodes)
            await ExecuteAsync(
                On(node, setting.Database!),
                $"set citus.enable_create_database_propagation = off; drop database {name} with (force)"
            );
    }

    static string On((string Host, int Port) node, string database) =>
        new NpgsqlConnectionStringBuilder(Environment.GetEnvironmentVariable(Variable))
        {
            Host = node.Host,
            Port = node.Port,
            Database = database,
            Pooling = false,
        }.ConnectionString;

    // Each statement separately, because databases are not created in a transaction.
    static async Task ExecuteAsync(string connectionString, string statements)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        foreach (var statement in statements.Split("; "))
            await connection.ExecuteAsync(new CommandDefinition(statement, commandTimeout: 120));
    }
}
