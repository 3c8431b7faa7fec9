using System.Globalization;
using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>
/// Timeouts that the database enforces on a session: a server that vanishes or waits for a lock must not hold locks and connections for
/// long. Limits that are set in the connection string's <c>Options</c> (or in <c>PGOPTIONS</c>) are kept.
/// </summary>
/// <remarks>
/// They are set by a statement on each new connection rather than by startup parameters, which PgBouncer rejects. If connections are reset
/// when they return to the pool, the reset would undo that; then they are added to <c>Options</c>.
/// </remarks>
sealed class SessionLimits
{
    /// <summary>
    /// How much earlier the database's timeout is than the client's: the client then receives an error and does not need to cancel the
    /// statement.
    /// </summary>
    static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(500);

    readonly IReadOnlyList<(string Name, string Value)> limits;

    SessionLimits(IReadOnlyList<(string Name, string Value)> limits) => this.limits = limits;

    string Statement => $"select {string.Join(", ", limits.Select(one => $"set_config('{one.Name}', '{one.Value}', false)"))}";

    /// <summary>The limits for the connections of a pool.</summary>
    /// <param name="pool">The settings of the pool; <c>Command Timeout</c> determines <c>statement_timeout</c>.</param>
    public static SessionLimits Of(NpgsqlConnectionStringBuilder pool)
    {
        var command = TimeSpan.FromSeconds(pool.CommandTimeout);
        var statement = command == TimeSpan.Zero ? TimeSpan.Zero : command - Margin;
        (string Name, string Value)[] defaults =
        [
            ("statement_timeout", statement.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)),
            ("lock_timeout", "2000"),
            ("idle_in_transaction_session_timeout", "10000"),
            // So that the database detects a client whose machine has vanished. tcp_keepalives_count is not supported on Windows.
            ("tcp_keepalives_idle", "10"),
            ("tcp_keepalives_interval", "3"),
        ];
        var given = $"{pool.Options} {Environment.GetEnvironmentVariable("PGOPTIONS")}";
        return new([.. defaults.Where(one => !given.Contains(one.Name, StringComparison.OrdinalIgnoreCase))]);
    }

    /// <summary>Configures a pool to set the limits on each connection that it opens.</summary>
    /// <param name="verify">Runs first on each connection that it opens asynchronously.</param>
    public void ApplyTo(NpgsqlConnectionStringBuilder pool, NpgsqlDataSourceBuilder builder, Func<NpgsqlConnection, Task>? verify = null)
    {
        var byStatement = pool.NoResetOnClose && limits.Count > 0;
        if (verify is not null)
        {
            builder.UsePhysicalConnectionInitializer(
                _ => throw new NotSupportedException("Connections of this pool are opened asynchronously only."),
                async connection =>
                {
                    await verify(connection);
                    if (byStatement)
                        await RunAsync(connection);
                }
            );
        }
        else if (byStatement)
        {
            builder.UsePhysicalConnectionInitializer(Run, RunAsync);
        }

        if (pool.NoResetOnClose || limits.Count == 0)
            return;
        var options = pool.Options ?? Environment.GetEnvironmentVariable("PGOPTIONS");
        builder.ConnectionStringBuilder.Options = string.Join(
                ' ',
                limits.Select(one => $"-c {one.Name}={one.Value}").Prepend(options ?? "")
            )
            .Trim();
    }

    void Run(NpgsqlConnection connection)
    {
        using var command = Command(connection);
        command.ExecuteNonQuery();
    }

    async Task RunAsync(NpgsqlConnection connection)
    {
        await using var command = Command(connection);
        await command.ExecuteNonQueryAsync();
    }

    // This is part of opening a connection, so it has the same timeout.
    NpgsqlCommand Command(NpgsqlConnection connection) => new(Statement, connection) { CommandTimeout = connection.ConnectionTimeout };
}
