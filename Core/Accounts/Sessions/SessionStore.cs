using System.Data.Common;
using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Accounts;

/// <summary>SQL of sessions: starting, listing and ending them.</summary>
public sealed class SessionStore(PostgresDatabase database)
{
    // @UserId, @SessionId, @FamilyHash, @SecretHash: the new session and its first refresh token. @passwordHash: the hash that was
    // checked. @Lifetime: how long the session lasts. @Others: how many other sessions may remain. @Address, @Network, @UserAgent: the
    // client. @EventId, @Type, @SurplusEventId, @SurplusType: the audit entries for the new session and for those it ended.
    const string Start = """
        select _role as role, _ended as ended
        from start_session_1(@UserId, @SessionId, @FamilyHash, @SecretHash, @passwordHash, @Lifetime, @Others, @Address, @Network,
            @UserAgent, @EventId, @Type, @SurplusEventId, @SurplusType)
        """;

    // @userId: whose sessions. @only, @except: see EndAsync. @EventId, @eventType, @Address, @UserAgent: the audit entry.
    const string End = "select end_sessions_1(@userId, @only, @except, @EventId, @eventType, @Address, @UserAgent)";

    // A commit whose wait for a synchronous standby was ended can be seen, although no standby may have it. The lock is a write, whose
    // own commit waits for the standbys: see KeyedWork.
    const string Confirm = "select 1 from sessions where user_id = @userId limit 1 for key share";

    const string SelectPage = """
        select id, created_at, last_used_at, expires_at, address, user_agent, coalesce(id = @current, false) as current
        from sessions
        where user_id = @userId and ended_at is null and expires_at > now() and (@Before::uuid is null or id < @Before)
        order by id desc
        limit @Limit + 1
        """;

    /// <summary>A session that was started.</summary>
    /// <param name="Role">The user's role as of the row under which the session started.</param>
    /// <param name="Ended">The user's oldest sessions, which ended because there would have been too many.</param>
    public sealed record StartedSession(Role Role, Guid[] Ended);

    /// <summary>Starts a session, unless the user was disabled, deleted or given another password in the meantime.</summary>
    /// <returns>
    /// The session, or null when none was started. A change of the user's role waits for this statement and then ends the session, or comes
    /// first and is seen by it: the role is safe to put into an access token.
    /// </returns>
    public async Task<StartedSession?> StartAsync(
        RefreshToken token,
        string passwordHash,
        SessionLimits limits,
        Client client,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenForSignInAsync(cancellationToken);
        var (role, ended) = await connection.QuerySingleAsync<(string? Role, Guid[]? Ended)>(
            new(
                Start,
                new
                {
                    token.UserId,
                    token.SessionId,
                    token.FamilyHash,
                    token.SecretHash,
                    passwordHash,
                    Lifetime = limits.Idle < limits.Total ? limits.Idle : limits.Total,
                    Others = limits.PerUser == 0 ? int.MaxValue : limits.PerUser - 1,
                    client.Address,
                    client.Network,
                    client.UserAgent,
                    EventId = EventIds.Next(),
                    Type = EventTypes.LoggedIn,
                    SurplusEventId = EventIds.Next(),
                    SurplusType = EventTypes.SessionEnded,
                },
                cancellationToken: cancellationToken
            )
        );
        return role is null ? null : new(Roles.Parse(role), ended!);
    }

    /// <summary>Ends sessions of a user and adds an audit entry.</summary>
    /// <param name="only">The one session to end; null for all.</param>
    /// <param name="except">The one session not to end; null for none.</param>
    /// <returns>The ids of those that were live until now.</returns>
    public async Task<Guid[]> EndAsync(
        Guid userId,
        Guid? only,
        Guid? except,
        string eventType,
        Client client,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var ended = await connection.QuerySingleAsync<Guid[]>(
            new(
                End,
                new
                {
                    userId,
                    only,
                    except,
                    EventId = EventIds.Next(),
                    eventType,
                    client.Address,
                    client.UserAgent,
                },
                cancellationToken: cancellationToken
            )
        );
        if (ended.Length == 0)
            await connection.ExecuteAsync(new(Confirm, new { userId }, cancellationToken: cancellationToken));
        return ended;
    }

    /// <summary>Ends the sessions of a user in a transaction that changes the user.</summary>
    /// <param name="keep">The one session not to end; null for none.</param>
    /// <returns>The ids of those that were live until now.</returns>
    public static async Task<Guid[]> EndOthersAsync(
        NpgsqlConnection connection,
        DbTransaction transaction,
        Guid userId,
        Guid? keep,
        CancellationToken cancellationToken
    ) =>
        [
            .. await connection.QueryAsync<Guid>(
                new(
                    """
                    update sessions set ended_at = now()
                    where user_id = @userId and ended_at is null and (@keep::uuid is null or id <> @keep)
                    returning id
                    """,
                    new { userId, keep },
                    transaction,
                    cancellationToken: cancellationToken
                )
            ),
        ];

    /// <summary>Ends the sessions of a user in the transaction that deletes the user, and removes their addresses.</summary>
    /// <returns>The ids of all sessions, whether they were live or not.</returns>
    public static async Task<Guid[]> EndAndAnonymizeAsync(
        NpgsqlConnection connection,
        DbTransaction transaction,
        Guid userId,
        CancellationToken cancellationToken
    ) =>
        [
            .. await connection.QueryAsync<Guid>(
                new(
                    """
                    update sessions set ended_at = least(ended_at, now()), address = null, network = null, user_agent = null
                    where user_id = @userId
                    returning id
                    """,
                    new { userId },
                    transaction,
                    cancellationToken: cancellationToken
                )
            ),
        ];

    /// <summary>The live sessions of a user.</summary>
    /// <param name="current">The session to mark as the current one.</param>
    public async Task<IReadOnlyList<Session>> ReadPageAsync(
        Guid userId,
        Guid? current,
        PageRequest page,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenForReadAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<Session>(
                new(
                    SelectPage,
                    new
                    {
                        userId,
                        current,
                        page.Before,
                        page.Limit,
                    },
                    cancellationToken: cancellationToken
                )
            ),
        ];
    }

    /// <summary>The sessions that ended in the last <paramref name="period"/>.</summary>
    public async Task<IReadOnlyList<Guid>> ReadEndedAsync(TimeSpan period, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSystemReadAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<Guid>(
                new("select id from sessions where ended_at > now() - @period", new { period }, cancellationToken: cancellationToken)
            ),
        ];
    }

    /// <summary>Like <see cref="ReadEndedAsync"/> on a Citus cluster of which a node does not respond.</summary>
    /// <returns>Empty if sessions are not distributed.</returns>
    internal async Task<IReadOnlyList<NodeReads.NodeResult>> ReadEndedByNodeAsync(TimeSpan period, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSystemReadAsync(cancellationToken);
        return await NodeReads.ReadIdsAsync(
            connection,
            "sessions",
            FormattableString.Invariant($"ended_at > now() - interval '{(long)Math.Ceiling(period.TotalSeconds)} seconds'"),
            cancellationToken
        );
    }

    /// <summary>
    /// Removes sessions that can no longer be used and need no longer be reported as ended: the last access token of a session expires at
    /// most a day after the session itself, or after its user was deleted.
    /// </summary>
    public async Task RemoveExpiredAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForLongWorkAsync(cancellationToken);
        await connection.ExecuteAsync(
            new("delete from sessions where expires_at < now() - interval '2 days'", cancellationToken: cancellationToken)
        );
    }
}
