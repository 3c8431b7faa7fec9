using FunctionsApp.Core;
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

    readonly Dictionary<IBackgroundWork, Task> starts = [];
    Task? schema;

    /// <summary>
    /// Starts the work that needs only the database while the rest of the server is still being built: opening the first connection takes
    /// about as long.
    /// </summary>
    public void StartEarly()
    {
        if (settings.MigrateOnStart)
            return;
        foreach (var item in work)
            starts.Add(item, Task.Run(() => item.StartAsync(CancellationToken.None)));
        schema = Task.Run(() => readiness.GetUnreadyReasonAsync(CancellationToken.None));
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
            RetryUntilSuccessAsync(
                $"{item.GetType().Name} failed",
                stop => starts.Remove(item, out var first) ? first.WaitAsync(stop) : item.StartAsync(stop),
                cancellationToken
            )
        );
        // The first one that fails for good stops the process, even if others are still starting.
        await foreach (var started in Task.WhenEach(starting))
            await started;
        readiness.Started();
        await hints.PrintAsync(cancellationToken);
        await Task.WhenAll(work.Select(item => new BackgroundLoop(item, liveness, time, reports).RunAsync(cancellationToken)));
    }

    /// <summary>On a migrated database, which is the usual case, a start needs neither the lock nor a connection of its own.</summary>
    async Task MigrateAsync(CancellationToken cancellationToken)
    {
        if ((await migrations.PendingAsync(cancellationToken)).Count > 0)
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
