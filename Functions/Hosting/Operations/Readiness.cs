using System.Diagnostics;
using FunctionsApp.Core;
using FunctionsApp.Core.Background;
using FunctionsApp.Core.Database;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Whether this process should receive requests.</summary>
sealed partial class Readiness(
    Migrations migrations,
    PostgresDatabase database,
    PoolWatch pool,
    HealthCheckService checks,
    FailureReports reports,
    ILogger<Readiness> logger,
    TimeProvider time
)
{
    /// <summary>The timeout of the checks.</summary>
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The time after which a check of the database is repeated even if the previous one is still pending.
    /// </summary>
    static readonly TimeSpan CheckExpiry = TimeSpan.FromSeconds(10);

    readonly Lock gate = new();
    readonly TaskCompletionSource startup = new(TaskCreationOptions.RunContinuationsAsynchronously);
    volatile bool draining,
        migrated;
    Task<string?>? databaseCheck;
    long checkStartedAt;
    bool unready;

    /// <summary>Whether a check found that no migration is pending.</summary>
    public bool IsMigrated => migrated;

    /// <summary>Everything that the modules need before the first request has been loaded.</summary>
    public void Started()
    {
        startup.TrySetResult();
        using var process = Process.GetCurrentProcess();
        LogStarted(logger, Math.Round((time.GetUtcNow().UtcDateTime - process.StartTime.ToUniversalTime()).TotalMilliseconds));
    }

    /// <summary>The process is shutting down.</summary>
    public void Drain() => draining = true;

    bool IsStarted => startup.Task.IsCompleted;

    /// <summary>
    /// Explains to an operator why this process is not ready; null if it is. During the start, waits briefly for its end.
    /// </summary>
    public async Task<string?> GetUnreadyReasonAsync(CancellationToken cancellationToken)
    {
        var reason = await FindUnreadyReasonAsync(cancellationToken);
        // Logged once for each change, except while starting and shutting down, when it is expected.
        var isUnready = reason is not null;
        if (IsStarted && !draining && Interlocked.Exchange(ref unready, isUnready) != isUnready)
        {
            if (reason is null)
                LogReady(logger);
            else
                LogNotReady(logger, reason);
        }

        return reason;
    }

    /// <summary>
    /// Explains why the database cannot be used, such as for pending migrations; null if it can. Shared by concurrent callers.
    /// </summary>
    public async Task<string?> CheckDatabaseAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await GetDatabaseCheck().WaitAsync(Timeout, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return $"The database did not respond within {Timeout.TotalSeconds:0} s.";
        }
    }

    async Task<string?> FindUnreadyReasonAsync(CancellationToken cancellationToken)
    {
        if (draining)
            return "The process is shutting down.";
        if (pool.ExhaustedFor > PoolWatch.Timeout)
            return $"All database connections have been in use for {pool.ExhaustedFor.TotalSeconds:0} s.";
        var started = time.GetTimestamp();
        if (await CheckDatabaseAsync(cancellationToken) is { } reason)
            return reason;
        if (!await IsStartedWithinAsync(Timeout - time.GetElapsedTime(started), cancellationToken))
            return "Signing keys and revoked sessions have not been loaded yet. If this persists, see the log.";
        return await FindFailedCheckAsync(cancellationToken);
    }

    // Kubernetes repeats a probe that failed only after a second.
    async Task<bool> IsStartedWithinAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (IsStarted || limit <= TimeSpan.Zero)
            return IsStarted;
        try
        {
            await startup.Task.WaitAsync(limit, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    // Requirements of the modules other than the database.
    async Task<string?> FindFailedCheckAsync(CancellationToken cancellationToken)
    {
        HealthReport report;
        try
        {
            report = await checks
                .CheckHealthAsync(check => check.Tags.Contains(HealthTags.Ready), cancellationToken)
                .WaitAsync(Timeout, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return $"The health checks did not finish within {Timeout.TotalSeconds:0} s.";
        }

        var (name, entry) = report.Entries.FirstOrDefault(check => check.Value.Status == HealthStatus.Unhealthy);
        if (entry.Exception is { } exception)
            reports.Failed($"the health check {name} failed", exception);
        return name is null ? null : entry.Description ?? $"The health check {name} failed.";
    }

    // Concurrent probes share one check of the database: they need no token, and must not exhaust the connections reserved for them.
    Task<string?> GetDatabaseCheck()
    {
        lock (gate)
        {
            if (databaseCheck is null || databaseCheck.IsCompleted || time.GetElapsedTime(checkStartedAt) > CheckExpiry)
            {
                checkStartedAt = time.GetTimestamp();
                databaseCheck = Task.Run(QueryDatabaseAsync);
            }

            return databaseCheck;
        }
    }

    async Task<string?> QueryDatabaseAsync()
    {
        try
        {
            if (!migrated)
            {
                var pending = await migrations.PendingAsync(CancellationToken.None);
                if (pending.Count > 0)
                    return $"The database is missing the migrations {string.Join(", ", pending)}. Run the command 'migrate'.";
                migrated = true;
            }
            else
            {
                await using var connection = await database.OpenForSystemReadAsync(CancellationToken.None);
                await using var command = new NpgsqlCommand("select 1", connection);
                await command.ExecuteScalarAsync();
            }

            reports.DatabaseAvailable();
            return null;
        }
        catch (Exception e) when (DatabaseFailure.Of(e) is not null)
        {
            reports.Failed("the process is not ready", e);
            return "The database is unavailable.";
        }
        catch (ConfigurationException e) when (IsStarted)
        {
            // The database was unavailable when this process started, and its version is not supported.
            return e.Message;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Ready for requests {StartMilliseconds} ms after the start of the process")]
    private static partial void LogStarted(ILogger logger, double startMilliseconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not ready for requests: {Reason}")]
    private static partial void LogNotReady(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Ready for requests again")]
    private static partial void LogReady(ILogger logger);
}
