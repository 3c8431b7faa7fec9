using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FunctionsApp.LocalPostgres;

/// <summary>The server process of a folder. Callers hold the folder's start lock.</summary>
internal sealed class Server(
    ClusterFolder folder,
    PostgresPrograms programs,
    ServerAccount account,
    LocalPostgresOptions options,
    ILogger logger
)
{
    // Crash recovery takes longest.
    static readonly TimeSpan timeout = TimeSpan.FromMinutes(2);
    const int attempts = 20;
    const long maxLogLength = 8 * 1024 * 1024;

    public int Port { get; private set; }

    public string ConnectionString => ConnectionStringTo(options.Database);

    /// <summary>Attaches to a server that already runs in the folder, waiting until it is ready or has ended.</summary>
    /// <returns>False if there is no such server.</returns>
    /// <exception cref="LocalPostgresException">The server is running but accepts no connections.</exception>
    public async Task<bool> AttachAsync(CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (PostmasterPid.Read(folder.PidFile) is { } running && running.IsAliveFor(folder.Data))
        {
            Port = running.Port;
            if (running.Ready && await AcceptsConnectionsAsync(cancellationToken))
                return true;
            if (clock.Elapsed > timeout)
            {
                throw new LocalPostgresException(
                    $"""
                    The Postgres of {folder.Path}, process {running.Pid}, has accepted no connection on port {running.Port}
                    for {timeout.TotalMinutes:0} minutes.
                    Stop that process and start again. The end of its log {folder.Log}:
                    {folder.LogTail(0)}
                    """
                );
            }

            await Task.Delay(10, cancellationToken);
        }

        return false;
    }

    /// <summary>Starts the server, on its previous port unless that is in use.</summary>
    /// <param name="samePort">Waits for the previous port instead of choosing another one.</param>
    /// <param name="cancellationToken">Cancels the wait. A server that is still starting must be stopped with
    /// <see cref="StopAsync"/>.</param>
    /// <exception cref="LocalPostgresException">It does not start; the message contains the end of its log.</exception>
    public async Task StartAsync(bool samePort, CancellationToken cancellationToken)
    {
        // Postgres would believe that a dead server is still running if another program of the account has reused its process id.
        File.Delete(folder.PidFile);
        await PrepareLogAsync(cancellationToken);
        for (var attempt = 1; ; attempt++)
        {
            Port = await ChoosePortAsync(samePort, attempt, cancellationToken);
            folder.WriteSettings(ServerSettings.Text(options, Port));
            var from = folder.LogLength;
            var error = await LaunchAsync(cancellationToken);
            if (error is null)
                break;

            var log = folder.LogTail(from);
            var isTransient =
                log.Contains("could not create any TCP/IP sockets", StringComparison.Ordinal)
                || log.Contains("pre-existing shared memory block", StringComparison.Ordinal); // of a killed server's backends
            if (!isTransient || attempt == attempts)
            {
                throw new LocalPostgresException(
                    $"""
                    Postgres {programs.Version} ({programs.Folder}){account.Suffix} did not start in {folder.Path}. {error}
                    The end of its log {folder.Log}:
                    {log}
                    Fix the cause and start again, use another folder,
                    or set ConnectionStrings__Postgres to your own database.
                    """
                );
            }

            await Task.Delay(100, cancellationToken);
        }

        folder.Port = Port;
    }

    /// <summary>Creates the options' database if it does not exist.</summary>
    public async Task EnsureDatabaseAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var existing = await OpenAsync(options.Database, cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            await using var connection = await OpenAsync("postgres", cancellationToken);
            await using var create = new NpgsqlCommand(
                $"CREATE DATABASE \"{options.Database.Replace("\"", "\"\"", StringComparison.Ordinal)}\"",
                connection
            );
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>Stops the server if it is running.</summary>
    /// <param name="mode">The mode of pg_ctl: <c>fast</c>, or <c>immediate</c> as in a crash.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="LocalPostgresException">The server did not stop.</exception>
    public async Task StopAsync(string mode, CancellationToken cancellationToken)
    {
        if (PostmasterPid.Read(folder.PidFile) is not { } running || !running.IsAliveFor(folder.Data))
            return;

        var result = await account
            .Command(programs.PgCtl, ["stop", "-s", "-w", "-t", "60", "-D", folder.Data, "-m", mode])
            .RunAsync(cancellationToken);
        if (!result.Succeeded && running.IsAliveFor(folder.Data))
        {
            throw new LocalPostgresException(
                $"""
                The Postgres of {folder.Path}, process {running.Pid}, did not stop: {result.LastLines(5)}
                Stop that process manually. The end of its log {folder.Log}:
                {folder.LogTail(0)}
                """
            );
        }
    }

    /// <summary>Kills the server process. Its children end by themselves as soon as they notice.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        if (PostmasterPid.Read(folder.PidFile) is not { } running || !running.IsAliveFor(folder.Data))
            return;
        using var process = Process.GetProcessById(running.Pid);
        process.Kill();
        await process.WaitForExitAsync(cancellationToken);
    }

    async Task<int> ChoosePortAsync(bool samePort, int attempt, CancellationToken cancellationToken)
    {
        var last = Port > 0 ? Port : folder.Port;
        if (last is not { } port)
            return FreePort.Find();

        if (samePort)
        {
            for (var clock = Stopwatch.StartNew(); !FreePort.IsFree(port); await Task.Delay(20, cancellationToken))
            {
                if (clock.Elapsed > TimeSpan.FromSeconds(10))
                {
                    throw new LocalPostgresException(
                        $"Another program is using port {port} of the Postgres in {folder.Path}. Stop that program and start " + "again."
                    );
                }
            }

            return port;
        }

        if (attempt == 1 && FreePort.IsFree(port))
            return port;

        var other = FreePort.Find();
        logger.LogInformation("Port {Port} is in use by another program: Postgres uses port {Other}", port, other);
        return other;
    }

    /// <summary>Null if the server is ready, otherwise the output of pg_ctl.</summary>
    async Task<string?> LaunchAsync(CancellationToken cancellationToken)
    {
        var pgCtl = account
            .Command(programs.PgCtl, ["start", "-s", "-w", "-t", $"{timeout.TotalSeconds:0}", "-D", folder.Data, "-l", folder.Log])
            .RunAsync(CancellationToken.None);

        // pg_ctl itself polls only ten times per second; it is awaited to detect a failure.
        while (!pgCtl.IsCompleted)
        {
            if (PostmasterPid.Read(folder.PidFile) is { } server)
            {
                if (server.Ready)
                    return null;
                cancellationToken.ThrowIfCancellationRequested();
            }

            await Task.WhenAny(pgCtl, Task.Delay(5, CancellationToken.None));
        }

        var result = await pgCtl;
        return result.Succeeded ? null : result.LastLines(5);
    }

    async Task PrepareLogAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(folder.Log))
        {
            await File.Create(folder.Log).DisposeAsync();
            await account.ChangeOwnerAsync([folder.Log], cancellationToken);
        }
        else if (folder.LogLength > maxLogLength)
        {
            await using var log = new FileStream(folder.Log, FileMode.Truncate);
        }
    }

    async Task<bool> AcceptsConnectionsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await OpenAsync("postgres", cancellationToken);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidPassword)
        {
            throw new LocalPostgresException(
                $"""
                The Postgres that runs in {folder.Path} rejects the password in {folder.PasswordFile}.
                Correct the file, or stop that Postgres and move {folder.Path} away to start with an empty database.
                """,
                e
            );
        }
        catch (NpgsqlException)
        {
            return false; // it is starting or stopping
        }
    }

    async Task<NpgsqlConnection> OpenAsync(string database, CancellationToken cancellationToken)
    {
        // Without a name, metrics would contain the connection string.
        var source = new NpgsqlDataSourceBuilder(Unpooled(database)) { Name = "functionsapp local" }.Build();
        try
        {
            return await source.OpenConnectionAsync(cancellationToken);
        }
        finally
        {
            await source.DisposeAsync();
        }
    }

    string Unpooled(string database) =>
        new NpgsqlConnectionStringBuilder(ConnectionStringTo(database)) { Pooling = false, Timeout = 5 }.ConnectionString;

    string ConnectionStringTo(string database) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = Port,
            Username = ClusterInitialization.User,
            Password = folder.Password(),
            Database = database,
            SslMode = SslMode.Disable,
            GssEncryptionMode = GssEncryptionMode.Disable,
        }.ConnectionString;
}
