using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FunctionsApp.LocalPostgres;

/// <summary>The server process of one folder. Callers hold the folder's start lock.</summary>
internal sealed class Server(
    ClusterFolder folder,
    PostgresPrograms programs,
    ServerAccount account,
    LocalPostgresOptions options,
    ILogger logger
)
{
    // Recovering what a crash left takes longest.
    static readonly TimeSpan timeout = TimeSpan.FromMinutes(2);
    const int attempts = 20;
    const long longLog = 8 * 1024 * 1024;

    public int Port { get; private set; }

    public string ConnectionString => ConnectionStringTo(options.Database);

    /// <summary>Uses the server that runs in the folder, waiting until it is ready or gone. False when there is none.</summary>
    /// <exception cref="LocalPostgresException">It runs and does not answer.</exception>
    public async Task<bool> AttachAsync(CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (PostmasterPid.Read(folder.PidFile) is { } running && running.IsAliveFor(folder.Data))
        {
            Port = running.Port;
            if (running.Ready && await AnswersAsync(cancellationToken))
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

    /// <summary>Starts the server, on the port it had unless that is taken.</summary>
    /// <param name="samePort">Waits for that port instead of taking another.</param>
    /// <param name="cancellationToken">Leaves a server that is starting to be stopped by <see cref="StopAsync"/>.</param>
    /// <exception cref="LocalPostgresException">It does not start; with the end of its log.</exception>
    public async Task StartAsync(bool samePort, CancellationToken cancellationToken)
    {
        // Postgres would take the file of a dead server for a live one's when another program of the account has that number.
        File.Delete(folder.PidFile);
        await PrepareLogAsync(cancellationToken);
        for (var attempt = 1; ; attempt++)
        {
            Port = await ChoosePortAsync(samePort, attempt, cancellationToken);
            folder.WriteSettings(ServerSettings.Text(options, Port));
            var from = folder.LogLength;
            var said = await LaunchAsync(cancellationToken);
            if (said is null)
                break;

            var log = folder.LogTail(from);
            var passing =
                log.Contains("could not create any TCP/IP sockets", StringComparison.Ordinal)
                || log.Contains("pre-existing shared memory block", StringComparison.Ordinal); // of a killed server's last backends
            if (!passing || attempt == attempts)
            {
                throw new LocalPostgresException(
                    $"""
                    Postgres {programs.Version} ({programs.Folder}){account.Suffix} did not start in {folder.Path}. {said}
                    The end of its log {folder.Log}:
                    {log}
                    Remove the cause it names and start again, use another folder,
                    or set ConnectionStrings__Postgres to a database of your own.
                    """
                );
            }

            await Task.Delay(100, cancellationToken);
        }

        folder.Port = Port;
    }

    /// <summary>Creates the options' database unless it is there.</summary>
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

    /// <summary>Stops the server if it runs.</summary>
    /// <param name="mode">Of pg_ctl: <c>fast</c>, or <c>immediate</c> as in a crash.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="LocalPostgresException">It did not stop.</exception>
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
                The Postgres of {folder.Path}, process {running.Pid}, does not stop: {result.LastLines(5)}
                Stop that process yourself. The end of its log {folder.Log}:
                {folder.LogTail(0)}
                """
            );
        }
    }

    async Task<int> ChoosePortAsync(bool samePort, int attempt, CancellationToken cancellationToken)
    {
        var last = Port > 0 ? Port : folder.Port;
        if (last is not { } port)
            return FreePort.Any();

        if (samePort)
        {
            for (var clock = Stopwatch.StartNew(); !FreePort.Is(port); await Task.Delay(20, cancellationToken))
            {
                if (clock.Elapsed > TimeSpan.FromSeconds(10))
                {
                    throw new LocalPostgresException(
                        $"Another program listens on port {port}, which the Postgres of {folder.Path} had. Stop that program and start "
                            + "again."
                    );
                }
            }

            return port;
        }

        if (attempt == 1 && FreePort.Is(port))
            return port;

        var other = FreePort.Any();
        logger.LogInformation("Port {Port} is taken by another program: Postgres gets port {Other}", port, other);
        return other;
    }

    /// <summary>Null when the server is ready, else what pg_ctl said.</summary>
    async Task<string?> LaunchAsync(CancellationToken cancellationToken)
    {
        var pgCtl = account
            .Command(programs.PgCtl, ["start", "-s", "-w", "-t", $"{timeout.TotalSeconds:0}", "-D", folder.Data, "-l", folder.Log])
            .RunAsync(CancellationToken.None);

        // pg_ctl itself looks ten times a second, and is awaited only to detect a failure.
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
            await account.OwnAsync([folder.Log], cancellationToken);
        }
        else if (folder.LogLength > longLog)
        {
            await using var log = new FileStream(folder.Log, FileMode.Truncate);
        }
    }

    async Task<bool> AnswersAsync(CancellationToken cancellationToken)
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
                The Postgres that runs in {folder.Path} refuses the password in {folder.PasswordFile}.
                Put the right one there, or stop that Postgres and move {folder.Path} away to start with an empty database.
                """,
                e
            );
        }
        catch (NpgsqlException)
        {
            return false; // it starts or stops
        }
    }

    async Task<NpgsqlConnection> OpenAsync(string database, CancellationToken cancellationToken)
    {
        // With a name, or the metrics would carry the connection string.
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
