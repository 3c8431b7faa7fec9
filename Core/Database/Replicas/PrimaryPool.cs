using System.Runtime.ExceptionServices;
using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>
/// A pool of connections to the primary: to the only database server, or to whichever of several is the primary. A request never waits
/// for another server: one that does not respond would otherwise delay every request until it is back.
/// </summary>
sealed class PrimaryPool
{
    readonly IReadOnlyList<(NpgsqlDataSource Pool, ConnectionBreaker Breaker)> servers;
    readonly DatabaseHosts? hosts;

    /// <param name="servers">The pool of the only server, or one for each of <paramref name="hosts"/>: then <see cref="VerifyAsync"/> has
    /// to verify its connections.</param>
    /// <param name="hosts">Null if there is only one server.</param>
    public PrimaryPool(IReadOnlyList<(NpgsqlDataSource Pool, ConnectionBreaker Breaker)> servers, DatabaseHosts? hosts) =>
        (this.servers, this.hosts) = (servers, hosts);

    /// <summary>Refuses a connection to a standby.</summary>
    /// <exception cref="NpgsqlException">It is one.</exception>
    public static async Task VerifyAsync(NpgsqlConnection connection)
    {
        if (await IsStandbyAsync(connection))
            throw new NpgsqlException("The database server is a standby.");
    }

    /// <summary>Whether a connection is to a standby.</summary>
    public static async Task<bool> IsStandbyAsync(NpgsqlConnection connection)
    {
        // Postgres reports it on each connection; a proxy may not.
        if (connection.PostgresParameters.TryGetValue("in_hot_standby", out var isStandby))
            return isStandby == "on";
        await using var command = new NpgsqlCommand("select pg_is_in_recovery()", connection)
        {
            CommandTimeout = connection.ConnectionTimeout,
        };
        return await command.ExecuteScalarAsync() is true;
    }

    /// <exception cref="NpgsqlException">No server is the primary, it is unreachable or was silent a moment ago, or no connection is
    /// free.</exception>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) =>
        hosts is null ? OpenOnAsync(0, cancellationToken) : OpenOnPrimaryAsync(hosts, cancellationToken);

    async ValueTask<NpgsqlConnection> OpenOnPrimaryAsync(DatabaseHosts hosts, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        var known = hosts.Primary is { Last: not null } one ? one : null;
        if (known is not null)
        {
            try
            {
                return await OpenAsync(known);
            }
            catch (Exception e) when (DatabaseFailure.Of(e) is { Kind: DatabaseFailureKind.Unavailable })
            {
                // Another one may have been promoted.
                failure = e;
            }
        }

        await hosts.ScanAsync(cancellationToken);
        if (hosts.Primary is { } found)
        {
            if (found != known)
                return await OpenAsync(found);
        }
        else
        {
            foreach (var host in hosts.PossiblePrimaries.Where(host => host != known))
            {
                try
                {
                    return await OpenAsync(host);
                }
                catch (Exception e) when (DatabaseFailure.Of(e) is { Kind: DatabaseFailureKind.Unavailable })
                {
                    failure ??= e;
                }
            }
        }

        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
        var roles = string.Join(", ", hosts.Each.Select(host => $"{host.Name} is {hosts.RoleOf(host)}"));
        throw new NpgsqlException($"No database server is the primary: {roles}.");

        ValueTask<NpgsqlConnection> OpenAsync(DatabaseHost host)
        {
            for (var i = 0; ; i++)
            {
                if (hosts.Each[i] == host)
                    return OpenOnAsync(i, cancellationToken);
            }
        }
    }

    ValueTask<NpgsqlConnection> OpenOnAsync(int server, CancellationToken cancellationToken) =>
        servers[server].Breaker.OpenAsync(servers[server].Pool, cancellationToken);
}
