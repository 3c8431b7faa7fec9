using Dapper;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Accounts;

/// <summary>SQL of users: their rows, with the identifiers, audit entries and sessions that change in the same transaction.</summary>
public sealed class UserStore(PostgresDatabase database)
{
    const string Select = """
        select id, username, email, role, disabled_at is not null as disabled, created_at, updated_at, version
        from users
        where id = @id
        """;

    const string SelectPage = """
        select id, username, email, role, disabled_at is not null as disabled, created_at, updated_at, version
        from users
        where @Before::uuid is null or id < @Before
        order by id desc
        limit @Limit + 1
        """;

    // The user and the audit entry, in one round trip.
    const string Insert = """
        insert into users (id, username, email, role, password_hash)
        values (@id, @username, @email, @Role, @passwordHash)
        returning id, username, email, role, disabled_at is not null as disabled, created_at, updated_at, version;
        insert into account_events (user_id, id, type, actor_id, address, user_agent)
        values (@id, @EventId, @eventType, @actorId, @Address, @UserAgent)
        """;

    // @Id, @Version: the row to change. @Username, @Email, @Role: its new values. @EventIds, @EventTypes: the audit entries, in
    // parallel arrays. @actorId, @Address, @UserAgent: who changed it. If the row has another version the caller rolls the entries back.
    static string UpdateVersion(bool disabled) =>
        $"""
            update users
            set username = @Username, email = @Email, role = @Role, disabled_at = {(disabled ? "least(disabled_at, now())" : "null")},
                version = version + 1, updated_at = now()
            where id = @Id and version = @Version
            returning id, username, email, role, disabled_at is not null as disabled, created_at, updated_at, version;
            insert into account_events (user_id, id, type, actor_id, address, user_agent)
            select u.id, event.id, event.type, @actorId, @Address, @UserAgent
            from users u cross join unnest(@EventIds, @EventTypes) as event (id, type)
            where u.id = @Id
            """;

    // @Id: the deleted user. @EventId, @Type, @actorId: the audit entry. @Settling: when to run the erasure again.
    const string NoteDeletion = """
        update account_events set address = null, user_agent = null where user_id = @Id;
        insert into account_events (user_id, id, type, actor_id) values (@Id, @EventId, @Type, @actorId);
        insert into erasures (user_id, due_at) values (@Id, now() + @Settling)
        """;

    public async Task<User?> ReadAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<User>(new(Select, new { id }, cancellationToken: cancellationToken));
    }

    public async Task<IReadOnlyList<User>> ReadPageAsync(PageRequest page, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<User>(new(SelectPage, new { page.Before, page.Limit }, cancellationToken: cancellationToken)),
        ];
    }

    /// <summary>Adds a user and takes their identifiers, all or nothing.</summary>
    /// <returns>The user; or null and the identifiers that belong to others.</returns>
    public async Task<(User? User, string[] Taken)> AddAsync(
        Guid id,
        string username,
        string? email,
        Role role,
        string passwordHash,
        string eventType,
        Guid? actorId,
        Client client,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var identifiers = IdentifierStore.Of(username, email);
        var taken = await IdentifierStore.TakeAsync(connection, transaction, id, identifiers, cancellationToken);
        if (taken.Length > 0)
            return (null, taken);
        var user = await connection.QuerySingleAsync<User>(
            new(
                Insert,
                new
                {
                    id,
                    username,
                    email,
                    Role = role.Name(),
                    passwordHash,
                    eventType,
                    EventId = EventIds.Next(),
                    actorId,
                    client.Address,
                    client.UserAgent,
                },
                transaction,
                cancellationToken: cancellationToken
            )
        );
        await transaction.CommitAsync(cancellationToken);
        return (user, []);
    }

    /// <summary>
    /// Replaces the version of a user that was read, with its identifiers, and adds audit entries. On request it also ends the user's
    /// sessions.
    /// </summary>
    /// <returns>
    /// The user as it is now and the sessions that ended; or no user and the identifiers that belong to others; or no user and no
    /// identifiers when it was changed in the meantime.
    /// </returns>
    public async Task<(User? User, string[] Taken, Guid[] Ended)> UpdateAsync(
        User before,
        User after,
        bool endSessions,
        IReadOnlyList<string> eventTypes,
        Guid? actorId,
        Client client,
        CancellationToken cancellationToken
    )
    {
        string[] old = IdentifierStore.Of(before.Username, before.Email),
            now = IdentifierStore.Of(after.Username, after.Email);
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var taken = await IdentifierStore.TakeAsync(connection, transaction, before.Id, [.. now.Except(old)], cancellationToken);
        if (taken.Length > 0)
            return (null, taken, []);
        if (IsAdministrator(before) && !IsAdministrator(after))
            await AdministratorStore.RequireAnotherAsync(connection, transaction, before.Id, cancellationToken);
        var user = await connection.QuerySingleOrDefaultAsync<User>(
            new(
                UpdateVersion(after.Disabled),
                new
                {
                    before.Id,
                    before.Version,
                    after.Username,
                    after.Email,
                    Role = after.Role.Name(),
                    actorId,
                    client.Address,
                    client.UserAgent,
                    EventTypes = eventTypes.ToArray(),
                    EventIds = eventTypes.Select(_ => EventIds.Next()).ToArray(),
                },
                transaction,
                cancellationToken: cancellationToken
            )
        );
        if (user is null)
            return (null, [], []);
        var ended = endSessions ? await SessionStore.EndOthersAsync(connection, transaction, before.Id, keep: null, cancellationToken) : [];
        // After the user's row, as a deletion does: otherwise the two could deadlock.
        await IdentifierStore.ReleaseAsync(connection, transaction, before.Id, [.. old.Except(now)], cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return (user, [], ended);
    }

    /// <summary>
    /// Deletes the version of a user that was read, with its identifiers, and ends its sessions. The audit trail stays, without addresses.
    /// Records that the user's data is to be erased in all modules.
    /// </summary>
    /// <returns>The ids of all of the user's sessions; null when the user was changed or deleted in the meantime.</returns>
    public async Task<Guid[]?> DeleteAsync(User user, Guid? actorId, CancellationToken cancellationToken) =>
        await database.InTransactionAsync(
            async (connection, transaction) =>
            {
                if (IsAdministrator(user))
                    await AdministratorStore.RequireAnotherAsync(connection, transaction, user.Id, cancellationToken);
                var deleted = await connection.ExecuteAsync(
                    new(
                        "delete from users where id = @Id and version = @Version",
                        new { user.Id, user.Version },
                        transaction,
                        cancellationToken: cancellationToken
                    )
                );
                if (deleted == 0)
                    return null;
                var identifiers = IdentifierStore.Of(user.Username, user.Email);
                await IdentifierStore.ReleaseAsync(connection, transaction, user.Id, identifiers, cancellationToken);
                await connection.ExecuteAsync(
                    new(
                        NoteDeletion,
                        new
                        {
                            user.Id,
                            EventId = EventIds.Next(),
                            Type = EventTypes.Deleted,
                            actorId,
                            Erasures.Settling,
                        },
                        transaction,
                        cancellationToken: cancellationToken
                    )
                );
                return await SessionStore.EndAndAnonymizeAsync(connection, transaction, user.Id, cancellationToken);
            },
            cancellationToken
        );

    static bool IsAdministrator(User user) => user is { Role: Role.Admin, Disabled: false };
}
