using FunctionsApp.Core;
using FunctionsApp.Core.Background;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Applies migrations if this process is configured to, then runs the background work of the modules. Failures are logged and retried.
/// </summary>
sealed class Background(
    AppDatabase settings,
    Migrations migrations,
    IEnumerable<IBackgroundWork> work,
    Readiness readiness,
    Liveness liveness,
    StartupHints hints,
    FatalError fatalError,
    FailureReports reports,
    TimeProvider time
) : BackgroundService
{
    static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    // Whether each early start took place.
    readonly Dictionary<IBackgroundWork, Task<bool>> starts = [];
    Task? schema;

    /// <summary>
    /// Reads the version of the schema and starts the work that needs only the database while the rest of the server is still being built:
    /// opening the first connection takes about as long. A process that migrates starts the work only if nothing is pending.
    /// </summary>
    public void StartEarly()
    {
        var check = Task.Run(() => readiness.CheckDatabaseAsync(CancellationToken.None));
        foreach (var item in work)
            starts.Add(item, Task.Run(() => StartEarlyAsync(item, check)));
        schema = check;
    }

    async Task<bool> StartEarlyAsync(IBackgroundWork item, Task check)
    {
        if (settings.MigrateOnStart)
        {
            await check;
            if (!readiness.IsMigrated)
                return false;
        }

        await item.StartAsync(CancellationToken.None);
        return true;
    }

    protected override async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RunAsync(cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            fatalError.StopApplication(e);
        }
    }

    async Task RunAsync(CancellationToken cancellationToken)
    {
        // Lets the server start listening: /readyz reports the progress.
        await Task.Yield();
        if (schema is not null)
            await schema;
        if (settings.MigrateOnStart)
            await RetryUntilSuccessAsync("migrating failed", MigrateAsync, cancellationToken);
        var starting = work.Select(item =>
            RetryUntilSuccessAsync($"{item.GetType().Name} failed", stop => StartAsync(item, stop), cancellationToken)
        );
        // The first one that fails for good stops the process, even if others are still starting.
        await foreach (var started in Task.WhenEach(starting))
            await started;
        readiness.Started();
        await hints.PrintAsync(cancellationToken);
        await Task.WhenAll(work.Select(item => new BackgroundLoop(item, liveness, time, reports).RunAsync(cancellationToken)));
    }

    async Task StartAsync(IBackgroundWork item, CancellationToken cancellationToken)
    {
        if (starts.Remove(item, out var early) && await early.WaitAsync(cancellationToken))
            return;
        await item.StartAsync(cancellationToken);
    }

    /// <summary>On a migrated database, which is the usual case, a start needs neither the lock nor a connection of its own.</summary>
    async Task MigrateAsync(CancellationToken cancellationToken)
    {
        if (!readiness.IsMigrated && (await migrations.PendingAsync(cancellationToken)).Count > 0)
            await migrations.MigrateAsync(cancellationToken);
    }

    async Task RetryUntilSuccessAsync(string what, Func<CancellationToken, Task> attempt, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await attempt(cancellationToken);
                reports.Succeeded(what);
                return;
            }
            catch (Exception e)
                when (e is not (ConfigurationException or MigrationException) && !IsRefused(e) && !cancellationToken.IsCancellationRequested
                )
            {
                reports.Failed(what, e);
            }

            await Task.Delay(RetryDelay, time, cancellationToken);
        }
    }

    // During startup this means an incorrect setting rather than a database that is not available yet.
    static bool IsRefused(Exception exception) =>
        exception switch
        {
            PostgresException postgres => postgres.SqlState
                is PostgresErrorCodes.InvalidPassword
                    or PostgresErrorCodes.InvalidAuthorizationSpecification
                    or PostgresErrorCodes.InvalidCatalogName,
            // Of several servers, those that answer refuse.
            { InnerException: AggregateException servers } => servers.InnerExceptions.Any(IsRefused),
            _ => false,
        };
}
