using Microsoft.Extensions.Logging;

namespace FunctionsApp.LocalPostgres;

/// <summary>
/// A private Postgres that needs no setup: its programs come from the machine or from npm, and it listens on loopback only, with a random
/// password. Processes that start it in the same folder share one server, which the last one stops.
/// </summary>
public sealed class LocalPostgresServer : IAsyncDisposable
{
    readonly ClusterFolder folder;
    readonly Server server;
    readonly FileLock use;
    readonly TemporaryClusters? temporary;
    readonly ILogger logger;
    int disposed;

    LocalPostgresServer(
        ClusterFolder folder,
        PostgresPrograms programs,
        Server server,
        FileLock use,
        TemporaryClusters? temporary,
        ILogger logger
    )
    {
        (this.folder, this.server, this.use, this.temporary, this.logger) = (folder, server, use, temporary, logger);
        Programs = programs;
        ConnectionString = server.ConnectionString;
    }

    /// <summary>The superuser's connection string for the options' database. It contains the password: never log it.</summary>
    public string ConnectionString { get; }

    /// <summary>Host and port, as in <c>Host</c> of a connection string.</summary>
    public string Address => $"127.0.0.1:{server.Port}";

    /// <summary>The Postgres programs in use.</summary>
    public PostgresPrograms Programs { get; }

    /// <summary>The actual folder of the data and the log.</summary>
    public string Folder => folder.Path;

    /// <summary>Starts the server, or attaches to the one that already runs in the folder.</summary>
    /// <exception cref="LocalPostgresException">It cannot be started; the message says why and what to do.</exception>
    public static async Task<LocalPostgresServer> StartAsync(
        LocalPostgresOptions options,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        var account = await ServerAccount.ForNewDataAsync(cancellationToken);
        var folder = await ClusterFolder.ForAsync(options.Folder, account, logger, cancellationToken);
        ClusterFolder.Create(folder.Path);
        return await OpenAsync(folder, options, account, null, null, null, logger, cancellationToken);
    }

    /// <summary>
    /// Starts an empty server in the system's temporary folder. Its data does not survive a crash of the machine or
    /// <see cref="DisposeAsync"/>.
    /// </summary>
    /// <exception cref="LocalPostgresException">It cannot be started; the message says why and what to do.</exception>
    public static Task<LocalPostgresServer> StartTemporaryAsync(
        PostgresSource source,
        ILogger logger,
        CancellationToken cancellationToken
    ) => StartTemporaryAsync(source, durable: false, logger, cancellationToken);

    /// <summary>Like the other overload; <paramref name="durable"/> makes writes crash-safe as in production, for benchmarks.</summary>
    /// <exception cref="LocalPostgresException">It cannot be started; the message says why and what to do.</exception>
    public static Task<LocalPostgresServer> StartTemporaryAsync(
        PostgresSource source,
        bool durable,
        ILogger logger,
        CancellationToken cancellationToken
    ) => StartTemporaryAsync(source, durable, new Dictionary<string, string>(), logger, cancellationToken);

    /// <summary>Like the other overloads, with <see cref="LocalPostgresOptions.Settings"/>.</summary>
    /// <exception cref="LocalPostgresException">It cannot be started; the message says why and what to do.</exception>
    public static async Task<LocalPostgresServer> StartTemporaryAsync(
        PostgresSource source,
        bool durable,
        IReadOnlyDictionary<string, string> settings,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        var account = await ServerAccount.ForNewDataAsync(cancellationToken);
        var programs = await ProgramSearch.OfThisMachine(logger).AnyAsync(source, account, cancellationToken);
        var temporary = await TemporaryClusters.ForAsync(account, logger, cancellationToken);
        var (folder, hold) = await temporary.NewAsync(programs, account, cancellationToken);
        var options = new LocalPostgresOptions
        {
            Folder = folder.Path,
            Source = source,
            Durable = durable,
            Settings = settings,
        };
        return await OpenAsync(folder, options, account, hold, programs, temporary, logger, cancellationToken);
    }

    /// <summary>Stops the server gracefully for all processes that use it. <see cref="StartAgainAsync"/> starts it again.</summary>
    /// <exception cref="LocalPostgresException">The server did not stop.</exception>
    public Task StopAsync(CancellationToken cancellationToken) =>
        WithStartLockAsync(() => server.StopAsync("fast", cancellationToken), cancellationToken);

    /// <summary>Stops the server as a crash would: connections break, and the next start performs crash recovery.</summary>
    /// <exception cref="LocalPostgresException">The server did not stop.</exception>
    public Task CrashAsync(CancellationToken cancellationToken) =>
        WithStartLockAsync(() => server.StopAsync("immediate", cancellationToken), cancellationToken);

    /// <summary>Kills the server process (SIGKILL) and waits until its connections are closed.</summary>
    public Task KillAsync(CancellationToken cancellationToken) =>
        WithStartLockAsync(() => server.KillAsync(cancellationToken), cancellationToken);

    /// <summary>Copies the server's data while it runs.</summary>
    /// <param name="standby">The name of the standby and of its replication slot; null for a copy that does not follow this
    /// server.</param>
    /// <param name="cancellationToken">Cancels the copy.</param>
    /// <exception cref="LocalPostgresException">The copy failed.</exception>
    public Task<LocalPostgresCopy> CopyAsync(string? standby, CancellationToken cancellationToken) =>
        LocalPostgresCopy.MakeAsync(folder, server.Port, Programs, standby, logger, cancellationToken);

    /// <summary>
    /// Starts the server on the same port after <see cref="StopAsync"/>, <see cref="CrashAsync"/> or <see cref="KillAsync"/>.
    /// </summary>
    /// <exception cref="LocalPostgresException">It does not start, or another program has taken its port.</exception>
    public Task StartAgainAsync(CancellationToken cancellationToken) =>
        WithStartLockAsync(
            async () =>
            {
                if (!await server.AttachAsync(cancellationToken))
                    await server.StartAsync(samePort: true, cancellationToken);
            },
            cancellationToken
        );

    /// <summary>Stops the server if this is the last user of its folder; a temporary one is deleted.</summary>
    /// <exception cref="LocalPostgresException">The server did not stop.</exception>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
            await LeaveAsync(folder, server, use, temporary, logger);
    }

    internal static async Task<LocalPostgresServer> OpenAsync(
        ClusterFolder folder,
        LocalPostgresOptions options,
        ServerAccount account,
        FileLock? use,
        PostgresPrograms? programs,
        TemporaryClusters? temporary,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        Server? server = null;
        try
        {
            using var turn = await FileLock.ExclusiveAsync(folder.StartLock, logger, cancellationToken);
            use ??=
                FileLock.TryShared(folder.UsersLock)
                ?? throw new LocalPostgresException($"Another program has locked {folder.UsersLock}. Stop it and start again.");

            if (folder.DataOwner() is { } owner)
            {
                account = await account.ForDataOfAsync(owner, cancellationToken);
                programs = await ProgramSearch
                    .OfThisMachine(logger)
                    .OfMajorAsync(folder.DataMajor() ?? 0, folder.Data, options.Source, account, cancellationToken);
            }
            else
            {
                programs ??= await ProgramSearch.OfThisMachine(logger).AnyAsync(options.Source, account, cancellationToken);
                await ClusterInitialization.RunAsync(folder, programs, account, logger, cancellationToken);
            }

            server = new Server(folder, programs, account, options, logger);
            var attached = await server.AttachAsync(cancellationToken);
            if (!attached)
                await server.StartAsync(samePort: false, cancellationToken);
            await server.EnsureDatabaseAsync(cancellationToken);
            logger.LogInformation(
                "Postgres {Version} ({Programs}) {State} on 127.0.0.1:{Port}, data in {Folder}",
                programs.Version,
                programs.Folder,
                attached ? "is already running" : "is running",
                server.Port,
                folder.Path
            );
            return new LocalPostgresServer(folder, programs, server, use, temporary, logger);
        }
        catch
        {
            if (use is not null)
                await LeaveAsync(folder, server, use, temporary, logger);
            throw;
        }
    }

    static async Task LeaveAsync(ClusterFolder folder, Server? server, FileLock use, TemporaryClusters? temporary, ILogger logger)
    {
        if (!Directory.Exists(folder.Path))
        {
            // Its server detects this within a minute and stops.
            logger.LogWarning("{Folder} was deleted while Postgres was running in it", folder.Path);
            use.Dispose();
            return;
        }

        using (await FileLock.ExclusiveAsync(folder.StartLock, logger, CancellationToken.None))
        {
            use.Dispose();
            using var last = FileLock.TryExclusive(folder.UsersLock);
            if (last is null)
                return;
            if (server is not null)
                await server.StopAsync(temporary is null ? "fast" : "immediate", CancellationToken.None);
        }

        if (temporary is not null)
            await temporary.DestroyAsync(folder);
    }

    async Task WithStartLockAsync(Func<Task> act, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed != 0, this);
        using var turn = await FileLock.ExclusiveAsync(folder.StartLock, logger, cancellationToken);
        await act();
    }
}
