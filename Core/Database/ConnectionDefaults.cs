using System.Data.Common;
using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>
/// The defaults for settings that a connection string omits. Opening a connection and running a statement fail within 7 s: 3 s for the
/// connection and 4 s for the statement. See docs/performance.md for the effect of the other settings.
/// </summary>
static class ConnectionDefaults
{
    /// <summary>Adds the defaults to a connection string.</summary>
    /// <exception cref="ArgumentException">It is not a connection string.</exception>
    public static NpgsqlConnectionStringBuilder Apply(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        // With Npgsql's canonical names, whichever aliases were used. Npgsql's own builder claims to contain every key.
        var given = new DbConnectionStringBuilder { ConnectionString = settings.ConnectionString };
        Default("Maximum Pool Size", () => settings.MaxPoolSize = PoolSizes.DefaultTotal);
        Default("Max Auto Prepare", () => settings.MaxAutoPrepare = 100);
        Default("Auto Prepare Min Usages", () => settings.AutoPrepareMinUsages = 2);
        Default("No Reset On Close", () => settings.NoResetOnClose = true);
        // A host that has just gone may neither accept nor refuse, and the others are asked after it.
        Default("Timeout", () => settings.Timeout = DatabaseServers.AreSeveral(settings) ? 2 : 3);
        Default("Command Timeout", () => settings.CommandTimeout = 4);
        // After a timeout the connection is closed, without waiting for a response: a commit that waits for a synchronous standby would
        // respond to a cancellation with success, although no standby has it. Statements are ended by statement_timeout before that.
        Default("Cancellation Timeout", () => settings.CancellationTimeout = -1);
        Default("TCP Keepalive", () => settings.TcpKeepAlive = true);
        Default("TCP Keepalive Time", () => settings.TcpKeepAliveTime = 10);
        Default("TCP Keepalive Interval", () => settings.TcpKeepAliveInterval = 3);
        Default("Application Name", () => settings.ApplicationName = "functionsapp");
        // With multiplexing, a server stayed hung after a stall of the database (docs/reliability.md).
        settings.Multiplexing = false;
        return settings;

        void Default(string key, Action set)
        {
            if (!given.ContainsKey(key))
                set();
        }
    }
}
