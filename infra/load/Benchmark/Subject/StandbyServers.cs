using FunctionsApp.LocalPostgres;
using Npgsql;

namespace FunctionsApp.Benchmark.Subject;

/// <summary>Standbys of the Postgres under test.</summary>
sealed class StandbyServers : IAsyncDisposable
{
    readonly List<LocalPostgresServer> servers = [];

    StandbyServers(string connectionString) => ConnectionString = connectionString;

    /// <summary>The primary and the standbys.</summary>
    public string ConnectionString { get; private set; }

    /// <param name="primary">The Postgres under test.</param>
    /// <param name="names">One for each standby.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="BenchmarkException">The database cannot be copied.</exception>
    public static async Task<StandbyServers> StartAsync(
        LocalPostgresServer primary,
        IEnumerable<string> names,
        CancellationToken cancellationToken
    )
    {
        var standbys = new StandbyServers(primary.ConnectionString);
        try
        {
            foreach (var name in names)
            {
                var copy = await primary.CopyAsync(name, cancellationToken);
                standbys.servers.Add(await copy.StartAsync(new Dictionary<string, string>(), recover: false, cancellationToken));
            }
        }
        catch (Exception e)
        {
            await standbys.DisposeAsync();
            if (e is LocalPostgresException)
                throw new BenchmarkException($"No standby can be started: {e.Message}", e);
            throw;
        }

        standbys.ConnectionString = new NpgsqlConnectionStringBuilder(primary.ConnectionString)
        {
            Host = string.Join(',', standbys.servers.Prepend(primary).Select(server => server.Address)),
        }.ConnectionString;
        return standbys;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in servers)
            await server.DisposeAsync();
    }
}
