using System.Data.Common;
using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>
/// The defaults for what a connection string leaves open. Opening and one statement together fail within 8 s: 3 s for a connection, 4 s for
/// the statement, 1 s for canceling it. docs/performance.md has what the others gain.
/// </summary>
static class ConnectionDefaults
{
    /// <summary>Adds the defaults to a connection string.</summary>
    /// <exception cref="ArgumentException">It is not a connection string.</exception>
    public static NpgsqlConnectionStringBuilder Apply(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        // Under the names that Npgsql prefers, whichever it was given. Npgsql's own builder says of every key that it contains it.
        var given = new DbConnectionStringBuilder { ConnectionString = settings.ConnectionString };
        Default("Maximum Pool Size", () => settings.MaxPoolSize = PoolSizes.DefaultTotal);
        Default("Max Auto Prepare", () => settings.MaxAutoPrepare = 100);
        Default("Auto Prepare Min Usages", () => settings.AutoPrepareMinUsages = 2);
        Default("No Reset On Close", () => settings.NoResetOnClose = true);
        Default("Timeout", () => settings.Timeout = 3);
        Default("Command Timeout", () => settings.CommandTimeout = 4);
        Default("Cancellation Timeout", () => settings.CancellationTimeout = 1000);
        Default("TCP Keepalive", () => settings.TcpKeepAlive = true);
        Default("TCP Keepalive Time", () => settings.TcpKeepAliveTime = 10);
        Default("TCP Keepalive Interval", () => settings.TcpKeepAliveInterval = 3);
        Default("Application Name", () => settings.ApplicationName = "functionsapp");
        // After a stall of the database a server with multiplexing stayed hung for good (docs/reliability.md).
        settings.Multiplexing = false;
        return settings;

        void Default(string key, Action set)
        {
            if (!given.ContainsKey(key))
                set();
        }
    }
}
