using System.Globalization;
using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>
/// What the database itself may spend on one session: a server that vanishes, or waits for a lock, must not hold locks and connections for
/// long. A limit that the connection string's <c>Options</c> (or <c>PGOPTIONS</c>) sets is left as it is.
/// </summary>
/// <remarks>
/// They are set by a statement on each new connection and not as startup parameters, which PgBouncer refuses. Where connections are reset
/// when they return to the pool, a reset would undo that: then they go into <c>Options</c>.
/// </remarks>
sealed class SessionLimits
{
    /// <summary>
    /// How much sooner the database ends a statement than the client gives it up: it then answers, and nothing has to be
    /// canceled.
    /// </summary>
    static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(500);

    readonly IReadOnlyList<(string Name, string Value)> limits;

    SessionLimits(IReadOnlyList<(string Name, string Value)> limits) => this.limits = limits;

    string Statement => $"select {string.Join(", ", limits.Select(one => $"set_config('{one.Name}', '{one.Value}', false)"))}";

    /// <summary>The limits of the connections of a pool.</summary>
    /// <param name="pool">The settings of the pool; <c>Command Timeout</c> decides on <c>statement_timeout</c>.</param>
    public static SessionLimits Of(NpgsqlConnectionStringBuilder pool)
    {
        var command = TimeSpan.FromSeconds(pool.CommandTimeout);
        var statement = command == TimeSpan.Zero ? TimeSpan.Zero : command - Margin;
        (string Name, string Value)[] defaults =
        [
            ("statement_timeout", statement.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)),
            ("lock_timeout", "2000"),
            ("idle_in_transaction_session_timeout", "10000"),
            // So that the database notices a client whose machine is gone. Not tcp_keepalives_count, which Windows does not know.
            ("tcp_keepalives_idle", "10"),
            ("tcp_keepalives_interval", "3"),
        ];
        var given = $"{pool.Options} {Environment.GetEnvironmentVariable("PGOPTIONS")}";
        return new([.. defaults.Where(one => !given.Contains(one.Name, StringComparison.OrdinalIgnoreCase))]);
    }

    /// <summary>Makes a pool set the limits on each connection that it opens.</summary>
    public void ApplyTo(NpgsqlConnectionStringBuilder pool, NpgsqlDataSourceBuilder builder)
    {
        if (limits.Count == 0)
            return;
        if (pool.NoResetOnClose)
        {
            builder.UsePhysicalConnectionInitializer(Run, RunAsync);
            return;
        }

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

    // As long as a connection may take: this is part of opening one.
    NpgsqlCommand Command(NpgsqlConnection connection) => new(Statement, connection) { CommandTimeout = connection.ConnectionTimeout };
}
