using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Accounts;

/// <summary>All SQL of the module. This part: sign-in, sessions and the rules against guessing.</summary>
public sealed partial class AccountStore(PostgresDatabase database)
{
    /// <summary>What sign-in needs to know of a user.</summary>
    public sealed record Credentials(Guid Id, string PasswordHash, bool Disabled, bool KnownAddress);

    /// <summary>A session as a refresh token finds it that is not its current one.</summary>
    /// <param name="Live">The session is not over and its user may sign in.</param>
    /// <param name="Retry">The token is the one before the current, and was replaced only now.</param>
    public sealed record RefreshState(Role Role, bool Live, bool Retry, byte[]? Salt);

    public sealed record FailureLevel(string Subject, double Level, TimeSpan Age);

    public async Task<Guid?> FindUserIdAsync(string identifier, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSignInAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Guid?>(
            new("select user_id from identifiers where identifier = @identifier", new { identifier }, cancellationToken: cancellationToken)
        );
    }

    public async Task<Credentials?> ReadCredentialsAsync(Guid userId, string? address, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSignInAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Credentials>(
            new(
                """
                select id, password_hash, disabled_at is not null as disabled,
                       exists (select 1 from sessions where user_id = @userId and address = @address) as known_address
                from users where id = @userId
                """,
                new { userId, address },
                cancellationToken: cancellationToken
            )
        );
    }

    public async Task ReplaceHashAsync(Guid userId, string before, string after, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSignInAsync(cancellationToken);
        await connection.ExecuteAsync(
            new(
                "update users set password_hash = @after where id = @userId and password_hash = @before",
                new
                {
                    userId,
                    before,
                    after,
                },
                cancellationToken: cancellationToken
            )
        );
    }

    /// <summary>Begins a session, unless the user was disabled, deleted or given another password meanwhile.</summary>
    /// <returns>
    /// The user's role as of the row that the session begins under, for its access token; null when it did not begin. A change of the role
    /// waits for this statement and then ends the session, or comes first and is seen by it.
    /// </returns>
    public async Task<SessionBegun?> BeginSessionAsync(
        RefreshToken token,
        string passwordHash,
        SessionLimits limits,
        Client client,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenForSignInAsync(cancellationToken);
        var begun = await connection.QueryAsync<(string Role, Guid[] Ended)>(
            new(
                """
                with account as (
                    select id, role from users where id = @UserId and disabled_at is null and password_hash = @passwordHash for share
                ), surplus as (
                    update sessions set ended_at = now()
                    where user_id = @UserId and ended_at is null and exists (select 1 from account) and id in (
                        select id from sessions where user_id = @UserId and ended_at is null and expires_at > now()
                            order by id desc offset @Others
                    )
                    returning id
                ), session as (
                    insert into sessions (user_id, id, family_hash, token_hash, expires_at, address, user_agent)
                    select id, @SessionId, @FamilyHash, @SecretHash, now() + @Lifetime, @Address, @UserAgent from account
                    returning id
                ), event as (
                    insert into account_events (user_id, id, type, session_id, address, user_agent)
                    select @UserId, @EventId, @Type, id, @Address, @UserAgent from session
                    union all
                    (select @UserId, @SurplusEventId, @SurplusType, id, @Address, @UserAgent from surplus limit 1)
                )
                select account.role, array(select id from surplus) as ended from account join session on true
                """,
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
                    client.UserAgent,
                    EventId = Guid.CreateVersion7(),
                    Type = EventTypes.LoggedIn,
                    SurplusEventId = Guid.CreateVersion7(),
                    SurplusType = EventTypes.SessionEnded,
                },
                cancellationToken: cancellationToken
            )
        );
        return begun.Select(one => new SessionBegun(Roles.Parse(one.Role), one.Ended)).SingleOrDefault();
    }

    /// <summary>
    /// Puts the successor in the token's place, if the token is the current one of a live session of a user who may sign
    /// in.
    /// </summary>
    /// <returns>The user's role, or null when it is not.</returns>
    public async Task<Role?> RotateAsync(
        RefreshToken token,
        RefreshToken next,
        byte[] salt,
        SessionLimits limits,
        Client client,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenForSignInAsync(cancellationToken);
        var role = await connection.QuerySingleOrDefaultAsync<string?>(
            new(
                """
                with account as (
                    select id, role from users where id = @UserId and disabled_at is null for share
                ), rotated as (
                    update sessions
                    set previous_hash = token_hash, token_hash = @NextHash, salt = @salt, rotated_at = now(), last_used_at = now(),
                        expires_at = least(now() + @Idle, created_at + @Total), address = @Address, user_agent = @UserAgent
                    where user_id = @UserId and id = @SessionId and family_hash = @FamilyHash and token_hash = @SecretHash
                        and ended_at is null and expires_at > now()
                      and exists (select 1 from account)
                    returning id
                )
                select account.role from account join rotated on true
                """,
                new
                {
                    token.UserId,
                    token.SessionId,
                    token.FamilyHash,
                    token.SecretHash,
                    NextHash = next.SecretHash,
                    salt,
                    limits.Idle,
                    limits.Total,
                    client.Address,
                    client.UserAgent,
                },
                cancellationToken: cancellationToken
            )
        );
        return role is null ? null : Roles.Parse(role);
    }

    /// <summary>Why <see cref="RotateAsync"/> did not rotate. Null: no such session, or a token that was made up.</summary>
    public async Task<RefreshState?> ReadRefreshStateAsync(RefreshToken token, TimeSpan grace, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSignInAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<RefreshState>(
            new(
                """
                select u.role, s.ended_at is null and s.expires_at > now() and u.disabled_at is null as live,
                       coalesce(s.previous_hash = @SecretHash and s.rotated_at > now() - @grace, false) as retry, s.salt
                from sessions s join users u on u.id = s.user_id
                where s.user_id = @UserId and s.id = @SessionId and s.family_hash = @FamilyHash and u.id = @UserId
                """,
                new
                {
                    token.UserId,
                    token.SessionId,
                    token.FamilyHash,
                    token.SecretHash,
                    grace,
                },
                cancellationToken: cancellationToken
            )
        );
    }

    /// <summary>Ends sessions of a user and writes it into the audit trail.</summary>
    /// <param name="only">This one; null for all.</param>
    /// <param name="except">Not this one.</param>
    /// <returns>The ids of those that were live until now.</returns>
    public async Task<Guid[]> EndSessionsAsync(
        Guid userId,
        Guid? only,
        Guid? except,
        string eventType,
        Client client,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<Guid>(
                new(
                    """
                    with ended as (
                        update sessions set ended_at = now()
                        where user_id = @userId and ended_at is null and (@only::uuid is null or id = @only) and (@except::uuid is null
                            or id <> @except)
                        returning id
                    ), event as (
                        insert into account_events (user_id, id, type, session_id, address, user_agent)
                        select @userId, @EventId, @eventType, @only, @Address, @UserAgent where exists (select 1 from ended)
                    )
                    select id from ended
                    """,
                    new
                    {
                        userId,
                        only,
                        except,
                        EventId = Guid.CreateVersion7(),
                        eventType,
                        client.Address,
                        client.UserAgent,
                    },
                    cancellationToken: cancellationToken
                )
            ),
        ];
    }

    public async Task<IReadOnlyList<Session>> ReadSessionsAsync(
        Guid userId,
        Guid? current,
        PageRequest page,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<Session>(
                new(
                    """
                    select id, created_at, last_used_at, expires_at, address, user_agent, coalesce(id = @current, false) as current
                    from sessions
                    where user_id = @userId and ended_at is null and expires_at > now() and (@Before::uuid is null or id < @Before)
                    order by id desc limit @Limit + 1
                    """,
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

    public async Task<IReadOnlyList<AccountEvent>> ReadEventsAsync(Guid userId, PageRequest page, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<AccountEvent>(
                new(
                    """
                    select id, at, type, actor_id, session_id, address, user_agent
                    from account_events
                    where user_id = @userId and (@Before::uuid is null or id < @Before)
                    order by id desc limit @Limit + 1
                    """,
                    new
                    {
                        userId,
                        page.Before,
                        page.Limit,
                    },
                    cancellationToken: cancellationToken
                )
            ),
        ];
    }

    public async Task<IReadOnlyList<FailureLevel>> ReadFailuresAsync(string[] subjects, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSignInAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<FailureLevel>(
                new(
                    "select subject, level, now() - updated_at as age from login_failures where subject = any(@subjects)",
                    new { subjects },
                    cancellationToken: cancellationToken
                )
            ),
        ];
    }

    /// <summary>Adds one failure to a subject, after what leaked since. A full bucket stays full, however many guess at once.</summary>
    public async Task AddFailureAsync(string subject, LeakyBucket bucket, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSignInAsync(cancellationToken);
        await connection.ExecuteAsync(
            new(
                """
                insert into login_failures as f (subject, level, updated_at) values (@subject, 1, now())
                on conflict (subject) do update
                set level = least(@Capacity, greatest(0, f.level - extract(epoch from now() - f.updated_at) / @Leak) + 1),
                    updated_at = now()
                """,
                new
                {
                    subject,
                    bucket.Capacity,
                    Leak = bucket.Leak.TotalSeconds,
                },
                cancellationToken: cancellationToken
            )
        );
    }

    public async Task ForgetFailuresAsync(string subject, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSignInAsync(cancellationToken);
        await connection.ExecuteAsync(
            new("delete from login_failures where subject = @subject", new { subject }, cancellationToken: cancellationToken)
        );
    }

    public async Task AddEventAsync(Guid userId, string type, Client client, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSignInAsync(cancellationToken);
        await connection.ExecuteAsync(
            new(
                "insert into account_events (user_id, id, type, address, user_agent) values (@userId, @EventId, @type, @Address, "
                    + "@UserAgent)",
                new
                {
                    userId,
                    EventId = Guid.CreateVersion7(),
                    type,
                    client.Address,
                    client.UserAgent,
                },
                cancellationToken: cancellationToken
            )
        );
    }

    /// <summary>The sessions that ended in the last <paramref name="period"/>.</summary>
    public async Task<IReadOnlyList<Guid>> ReadEndedSessionsAsync(TimeSpan period, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSystemAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<Guid>(
                new("select id from sessions where ended_at > now() - @period", new { period }, cancellationToken: cancellationToken)
            ),
        ];
    }

    /// <summary>Removes sessions that can no longer be used or reported, and expired failures.</summary>
    public async Task RemoveExpiredAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForLongWorkAsync(cancellationToken);
        await connection.ExecuteAsync(
            new("delete from sessions where expires_at < now() - interval '1 day'", cancellationToken: cancellationToken)
        );
        await connection.ExecuteAsync(
            new("delete from login_failures where updated_at < now() - interval '1 day'", cancellationToken: cancellationToken)
        );
    }
}
