using FunctionsApp.Core.Database;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FunctionsApp.Core.Background;

/// <summary>
/// Queries the state of each of several database servers every second, so that requests find a new primary and skip an unreachable
/// server without waiting, and logs every change. With a single server, it only finds out at the start whether that is a standby.
/// </summary>
public sealed partial class ReplicaWatch(PostgresDatabase database, ILogger<ReplicaWatch> logger) : IBackgroundWork
{
    readonly Dictionary<DatabaseHost, string> known = [];

    public TimeSpan Interval => TimeSpan.FromSeconds(1);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await RunOnceAsync(cancellationToken);
        if (database.Hosts is not null)
            return;
        await using var connection = await database.OpenForSystemAsync(cancellationToken);
        if (await PrimaryPool.IsStandbyAsync(connection))
            LogOnlyStandby(logger);
    }

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        if (database.Hosts is not { } hosts)
            return;
        await hosts.RefreshAsync();
        foreach (var host in hosts.Each)
        {
            var role = hosts.RoleOf(host);
            if (known.TryGetValue(host, out var before) && before == role)
                continue;
            known[host] = role;
            if (host.Last is null)
                LogUnreachable(logger, host.Name, Describe(host.Failure));
            else
                LogRole(logger, host.Name, role);
        }
    }

    // The message of Npgsql's own exception says little, and none of them contains the password.
    static string Describe(Exception? failure) =>
        failure?.GetBaseException() switch
        {
            null => "it has not responded yet",
            PostgresException postgres => $"{postgres.SqlState}: {postgres.MessageText}",
            var cause => cause.Message,
        };

    [LoggerMessage(Level = LogLevel.Information, Message = "The database server {Host} is {Role}")]
    private static partial void LogRole(ILogger logger, string host, string role);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The only database server is a standby, which refuses every change. Set ConnectionStrings__Postgres to the primary, or "
            + "to all servers: 'Host=one,two'"
    )]
    private static partial void LogOnlyStandby(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database server {Host} is unreachable: {Reason}")]
    private static partial void LogUnreachable(ILogger logger, string host, string reason);
}
