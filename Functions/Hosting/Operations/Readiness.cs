using FunctionsApp.Core;
using FunctionsApp.Core.Database;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Whether this process should get requests.</summary>
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
    /// <summary>How long the database may take to answer.</summary>
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <summary>
    /// After how long a question to the database that was not answered is asked again, whether or not it is still
    /// pending.
    /// </summary>
    static readonly TimeSpan Abandoned = TimeSpan.FromSeconds(10);

    readonly Lock asking = new();
    volatile bool started,
        draining,
        migrated;
    Task<string?>? asked;
    long askedAt;
    bool unready;

    /// <summary>What the modules need before the first request is there.</summary>
    public void Started() => started = true;

    /// <summary>The process is about to stop.</summary>
    public void Drain() => draining = true;

    /// <summary>The reason not to send requests here, for an operator; null when there is none.</summary>
    public async Task<string?> WhyNotAsync(CancellationToken cancellationToken)
    {
        var why = await FindWhyNotAsync(cancellationToken);
        // Once for each change. Before the start and while stopping it is as it has to be.
        var isUnready = why is not null;
        if (started && !draining && Interlocked.Exchange(ref unready, isUnready) != isUnready)
        {
            if (why is null)
                LogReady(logger);
            else
                LogNotReady(logger, why);
        }

        return why;
    }

    async Task<string?> FindWhyNotAsync(CancellationToken cancellationToken)
    {
        if (draining)
            return "The process is stopping.";
        if (pool.ExhaustedFor > PoolWatch.Timeout)
            return $"All database connections have been in use for {pool.ExhaustedFor.TotalSeconds:0} s.";
        try
        {
            if (await Ask().WaitAsync(Timeout, time, cancellationToken) is { } why)
                return why;
        }
        catch (TimeoutException)
        {
            return $"The database does not answer within {Timeout.TotalSeconds:0} s.";
        }

        if (!started)
            return "Signing keys and revoked sessions are not read yet; the log says why if this lasts.";
        return await FindFailedCheckAsync(cancellationToken);
    }

    // What the modules need, beyond the database.
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
            return $"The health checks do not finish within {Timeout.TotalSeconds:0} s.";
        }

        var (name, entry) = report.Entries.FirstOrDefault(check => check.Value.Status == HealthStatus.Unhealthy);
        if (entry.Exception is { } exception)
            reports.Failed($"the health check {name} failed", exception);
        return name is null ? null : entry.Description ?? $"The health check {name} fails.";
    }

    // However many ask at once, the database is asked once: probes need no token, and must not use up the connections kept for them.
    Task<string?> Ask()
    {
        lock (asking)
        {
            if (asked is null || asked.IsCompleted || time.GetElapsedTime(askedAt) > Abandoned)
            {
                askedAt = time.GetTimestamp();
                asked = Task.Run(AskDatabaseAsync);
            }

            return asked;
        }
    }

    async Task<string?> AskDatabaseAsync()
    {
        try
        {
            if (!migrated)
            {
                var pending = await migrations.PendingAsync(CancellationToken.None);
                if (pending.Count > 0)
                    return $"The database lacks {string.Join(", ", pending)}. Run the command 'migrate'.";
                migrated = true;
            }
            else
            {
                await using var connection = await database.OpenForSystemAsync(CancellationToken.None);
                await using var command = new NpgsqlCommand("select 1", connection);
                await command.ExecuteScalarAsync();
            }

            return null;
        }
        catch (Exception e) when (DatabaseFailure.Of(e) is not null)
        {
            reports.Failed("the process is not ready", e);
            return "The database does not answer.";
        }
        catch (ConfigurationException e) when (started)
        {
            // A version that is too old, of a database that was away when this process started.
            return e.Message;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not ready for requests: {Why}")]
    private static partial void LogNotReady(ILogger logger, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "Ready for requests again")]
    private static partial void LogReady(ILogger logger);
}
