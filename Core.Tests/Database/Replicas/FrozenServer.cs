using FunctionsApp.LocalPostgres;
using Npgsql;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>
/// A Postgres whose processes are all stopped (SIGSTOP) until this is disposed: its connections stay open, and nothing responds.
/// </summary>
public sealed class FrozenServer : IAsyncDisposable
{
    readonly IReadOnlyList<string> processes;

    FrozenServer(IReadOnlyList<string> processes) => this.processes = processes;

    public static async Task<FrozenServer> FreezeAsync(LocalPostgresServer server)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false }.ConnectionString
        );
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        // The process that starts the others comes first, so that no further one appears.
        var first = await ReadAsync("select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)");
        await Signals.SendAsync("STOP", first);
        var frozen = new FrozenServer([.. (await ReadAsync("select string_agg(pid::text, ' ') from pg_stat_activity")).Split(' '), first]);
        await Signals.SendAsync("STOP", frozen.processes);
        return frozen;

        async Task<string> ReadAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            return (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
        }
    }

    public async ValueTask DisposeAsync() => await Signals.SendAsync("CONT", processes);
}
