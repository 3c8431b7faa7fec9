using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FunctionsApp.Core.Tests;
using Npgsql;

namespace FunctionsApp.Functions.Tests.Postgres;

/// <summary>A PgBouncer in transaction mode in front of a database, from PATH or <c>/usr/sbin</c>.</summary>
sealed class PgBouncer : IAsyncDisposable
{
    readonly Process process;
    readonly DirectoryInfo folder;

    PgBouncer(Process process, DirectoryInfo folder, string connectionString) =>
        (this.process, this.folder, ConnectionString) = (process, folder, connectionString);

    /// <summary>The connection string to the database through PgBouncer, with the settings of docs/operations.md.</summary>
    public string ConnectionString { get; }

    /// <summary>Starts it with a number of connections to Postgres, or skips the test if it is not installed.</summary>
    public static async Task<PgBouncer> StartAsync(string connectionString, int connections)
    {
        var program = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Append("/usr/sbin")
            .Select(path => Path.Combine(path, "pgbouncer"))
            .FirstOrDefault(File.Exists);
        Assert.SkipWhen(program is null, "There is no pgbouncer on PATH or in /usr/sbin.");
        var server = new NpgsqlConnectionStringBuilder(connectionString);
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        var folder = Directory.CreateTempSubdirectory("pgbouncer-");
        // PgBouncer does not run as root.
        if (!OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess)
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        var users = Path.Combine(folder.FullName, "users.txt");
        await File.WriteAllTextAsync(users, $"\"{server.Username}\" \"{server.Password}\"\n");
        var settings = Path.Combine(folder.FullName, "pgbouncer.ini");
        await File.WriteAllTextAsync(
            settings,
            $"""
            [databases]
            {server.Database} = host={server.Host} port={server.Port}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = trust
            auth_file = {users}
            pool_mode = transaction
            default_pool_size = {connections}
            max_client_conn = 500
            ignore_startup_parameters = extra_float_digits,options
            {(Environment.IsPrivilegedProcess ? "user = postgres" : "")}

            """
        );
        var process = Process.Start(
            new ProcessStartInfo(program!, [settings]) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        // The limits are those of the role: one that is named here is not set for each connection.
        var through = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Host = "127.0.0.1",
            Port = port,
            MaxAutoPrepare = 0,
            Options =
                "-c statement_timeout=role -c lock_timeout=role -c idle_in_transaction_session_timeout=role "
                + "-c tcp_keepalives_idle=role -c tcp_keepalives_interval=role",
        };
        var bouncer = new PgBouncer(process, folder, through.ConnectionString);
        await Waiting.UntilAsync("PgBouncer accepts connections", () => AcceptsAsync(port));
        return bouncer;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        folder.Delete(recursive: true);
    }

    static async Task<bool> AcceptsAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
