using FunctionsApp.Core;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Migrates where that is this process's task, then runs what the modules do beside requests. A failure is logged and tried
/// again.
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
    static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    readonly Dictionary<IBackgroundWork, Task> starts = [];
    Task? schema;

    /// <summary>
    /// Starts what needs only the database while the rest of the server is still being put together: the first connection takes as
    /// long as that.
    /// </summary>
    public void Begin()
    {
        if (settings.MigrateOnStart)
            return;
        foreach (var one in work)
            starts.Add(one, Task.Run(() => one.StartAsync(CancellationToken.None)));
        schema = Task.Run(() => readiness.WhyNotAsync(CancellationToken.None));
    }

    protected override async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RunAsync(cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            fatalError.Because(e);
        }
    }

    async Task RunAsync(CancellationToken cancellationToken)
    {
        // Let the server start to listen: /readyz reports the progress.
        await Task.Yield();
        if (schema is not null)
            await schema;
        if (settings.MigrateOnStart)
            await InsistAsync("migrating failed", migrations.MigrateAsync, cancellationToken);
        var starting = work.Select(one =>
            InsistAsync(
                $"{one.GetType().Name} failed",
                stop => starts.Remove(one, out var first) ? first.WaitAsync(stop) : one.StartAsync(stop),
                cancellationToken
            )
        );
        // The first that cannot start ends it, whatever the others still wait for.
        await foreach (var started in Task.WhenEach(starting))
            await started;
        readiness.Started();
        await hints.PrintAsync(cancellationToken);
        await Task.WhenAll(work.Select(one => new BackgroundLoop(one, liveness, time, reports).RunAsync(cancellationToken)));
    }

    async Task InsistAsync(string what, Func<CancellationToken, Task> attempt, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await attempt(cancellationToken);
                reports.Succeeded(what);
                reports.DatabaseAnswered();
                return;
            }
            catch (Exception e)
                when (e is not (ConfigurationException or MigrationException) && !IsRefused(e) && !cancellationToken.IsCancellationRequested
                )
            {
                reports.Failed(what, e);
            }

            await Task.Delay(Retry, time, cancellationToken);
        }
    }

    // At the start that is a wrong setting, not a database that is not there yet.
    static bool IsRefused(Exception exception) =>
        exception
            is PostgresException
            {
                SqlState: PostgresErrorCodes.InvalidPassword
                    or PostgresErrorCodes.InvalidAuthorizationSpecification
                    or PostgresErrorCodes.InvalidCatalogName,
            };
}
