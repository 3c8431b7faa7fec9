using System.Data.Common;
using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Accounts;

/// <summary>This part: users and their identifiers.</summary>
public sealed partial class AccountStore
{
    /// <summary>The number of the advisory lock under which administrators are taken away.</summary>
    const long AdministratorsLock = 0x61646d696e697374;

    const string UserColumns = "id, username, email, role, disabled_at is not null as disabled, created_at, updated_at, version";

    /// <summary>The statement behind <c>GET /users/me</c>; the benchmark gives pgbench the same.</summary>
    internal const string SelectActiveUser = $"select {UserColumns} from users where id = $1 and disabled_at is null";

    /// <summary>A user's own row, if the user may still sign in.</summary>
    public async Task<User?> ReadActiveUserAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<User>(
            new(SelectActiveUser, new Positional().Add(id), cancellationToken: cancellationToken)
        );
    }

    public async Task<User?> ReadUserAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<User>(
            new($"select {UserColumns} from users where id = @id", new { id }, cancellationToken: cancellationToken)
        );
    }

    public async Task<IReadOnlyList<User>> ReadUsersAsync(PageRequest page, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<User>(
                new(
                    $"select {UserColumns} from users where @Before::uuid is null or id < @Before order by id desc limit @Limit + 1",
                    new { page.Before, page.Limit },
                    cancellationToken: cancellationToken
                )
            ),
        ];
    }

    public async Task<bool> AnyAdminAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool>(
            new("select exists (select 1 from users where role = 'admin')", cancellationToken: cancellationToken)
        );
    }

    // One at a time takes an administrator away: two who did so at once would each still see the other.
    static async Task KeepAnAdministratorAsync(
        NpgsqlConnection connection,
        DbTransaction transaction,
        Guid except,
        CancellationToken cancellationToken
    )
    {
        await connection.ExecuteAsync(
            new(
                "select pg_advisory_xact_lock(@AdministratorsLock)",
                new { AdministratorsLock },
                transaction,
                cancellationToken: cancellationToken
            )
        );
        var others = await connection.ExecuteScalarAsync<bool>(
            new(
                "select exists (select 1 from users where role = 'admin' and disabled_at is null and id <> @except)",
                new { except },
                transaction,
                cancellationToken: cancellationToken
            )
        );
        if (!others)
            throw new RefusedException(
                Refusal.Conflict,
                "This is the last administrator, who cannot be removed, demoted or disabled. Make another one first."
            );
    }

    static bool IsAdministrator(User user) => user is { Role: Role.Admin, Disabled: false };

    /// <summary>Adds a user and takes their identifiers, all or nothing.</summary>
    /// <returns>The user, or none and the identifiers that others have.</returns>
    public Task<(User? User, string[] Taken)> AddUserAsync(
        Guid id,
        string username,
        string? email,
        Role role,
        string passwordHash,
        string eventType,
        Guid? actorId,
        Client client,
        CancellationToken cancellationToken
    ) =>
        WithIdentifiersAsync(
            id,
            Identifiers(username, email),
            [],
            (connection, transaction) =>
                connection.QuerySingleOrDefaultAsync<User>(
                    new(
                        $"""
                        with event as (
                            insert into account_events (user_id, id, type, actor_id, address, user_agent) values (@id, @EventId,
                                @eventType, @actorId, @Address, @UserAgent)
                        )
                        insert into users (id, username, email, role, password_hash) values (@id, @username, @email, @Role, @passwordHash)
                        returning {UserColumns}
                        """,
                        new
                        {
                            id,
                            username,
                            email,
                            Role = role.Name(),
                            passwordHash,
                            eventType,
                            EventId = Guid.CreateVersion7(),
                            actorId,
                            client.Address,
                            client.UserAgent,
                        },
                        transaction,
                        cancellationToken: cancellationToken
                    )
                ),
            cancellationToken
        );

    /// <summary>Those of the wanted identifiers that are taken.</summary>
    public async Task<string[]> FindTakenAsync(string username, string? email, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<string>(
                new(
                    "select identifier from identifiers where identifier = any(@identifiers)",
                    new { identifiers = Identifiers(username, email) },
                    cancellationToken: cancellationToken
                )
            ),
        ];
    }

    /// <summary>
    /// Writes a user's new state over the version that was read, with its identifiers, its audit entries and, where wanted, the
    /// end of its sessions.
    /// </summary>
    /// <returns>The user as it is now and the sessions that ended; no user when it was changed meanwhile (no identifier taken) or an
    /// identifier is taken.</returns>
    public async Task<(User? User, string[] Taken, Guid[] Ended)> UpdateUserAsync(
        User before,
        User after,
        bool endSessions,
        IReadOnlyList<string> eventTypes,
        Guid? actorId,
        Client client,
        CancellationToken cancellationToken
    )
    {
        string[] old = Identifiers(before.Username, before.Email),
            now = Identifiers(after.Username, after.Email);
        Guid[] ended = [];
        var (user, taken) = await WithIdentifiersAsync(
            before.Id,
            [.. now.Except(old)],
            [.. old.Except(now)],
            async (connection, transaction) =>
            {
                if (IsAdministrator(before) && !IsAdministrator(after))
                    await KeepAnAdministratorAsync(connection, transaction, before.Id, cancellationToken);
                var changed = await connection.QuerySingleOrDefaultAsync<User>(
                    new(
                        $"""
                        with changed as (
                            update users
                            set username = @Username, email = @Email, role = @Role, disabled_at = case
                                when @Disabled then coalesce(disabled_at, now()) end, version = version + 1, updated_at = now()
                            where id = @Id and version = @Version
                            returning {UserColumns}
                        ), events as (
                            insert into account_events (user_id, id, type, actor_id, address, user_agent)
                            select @Id, event.id, event.type, @actorId, @Address, @UserAgent from unnest(@EventIds,
                                @EventTypes) as event (id, type) where exists (select 1 from changed)
                        )
                        select id, username, email, role, disabled, created_at, updated_at, version from changed
                        """,
                        new
                        {
                            before.Id,
                            before.Version,
                            after.Username,
                            after.Email,
                            Role = after.Role.Name(),
                            after.Disabled,
                            actorId,
                            client.Address,
                            client.UserAgent,
                            EventTypes = eventTypes.ToArray(),
                            EventIds = eventTypes.Select(_ => Guid.CreateVersion7()).ToArray(),
                        },
                        transaction,
                        cancellationToken: cancellationToken
                    )
                );
                if (changed is not null && endSessions)
                {
                    ended =
                    [
                        .. await connection.QueryAsync<Guid>(
                            new(
                                "update sessions set ended_at = now() where user_id = @Id and ended_at is null returning id",
                                new { before.Id },
                                transaction,
                                cancellationToken: cancellationToken
                            )
                        ),
                    ];
                }

                return changed;
            },
            cancellationToken
        );
        return (user, taken, ended);
    }

    /// <summary>Sets a new password, if the old one is still the one that was checked, and ends the other sessions.</summary>
    /// <returns>The sessions that ended; null when the password was changed meanwhile.</returns>
    public Task<Guid[]?> ChangePasswordAsync(
        Guid userId,
        string before,
        string after,
        Guid? keep,
        Client client,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync<Guid[]?>(
            async (connection, transaction) =>
            {
                if (
                    await connection.ExecuteAsync(
                        new(
                            """
                            with changed as (
                                update users set password_hash = @after, version = version + 1, updated_at = now() where id = @userId
                                    and password_hash = @before returning id
                            )
                            insert into account_events (user_id, id, type, session_id, address, user_agent) select id, @EventId,
                                @Type, @keep, @Address, @UserAgent from changed
                            """,
                            new
                            {
                                userId,
                                before,
                                after,
                                keep,
                                EventId = Guid.CreateVersion7(),
                                Type = EventTypes.PasswordChanged,
                                client.Address,
                                client.UserAgent,
                            },
                            transaction,
                            cancellationToken: cancellationToken
                        )
                    ) == 0
                )
                    return null;

                // A statement of its own: the first may have waited for a sign-in with the old password, whose session it does not see.
                return (
                    await connection.QueryAsync<Guid>(
                        new(
                            "update sessions set ended_at = now() where user_id = @userId and ended_at is null and (@keep::uuid is "
                                + "null or id <> @keep) returning id",
                            new { userId, keep },
                            transaction,
                            cancellationToken: cancellationToken
                        )
                    )
                ).ToArray();
            },
            cancellationToken
        );

    /// <summary>
    /// Removes a user at the version that was read: the row, its identifiers, its live sessions. The audit trail stays, without addresses.
    /// Notes that the user's data is to be erased in all modules.
    /// </summary>
    /// <returns>The sessions that ended; null when the user was changed or removed meanwhile.</returns>
    public async Task<Guid[]?> DeleteUserAsync(User user, Guid? actorId, CancellationToken cancellationToken) =>
        await database.InTransactionAsync(
            async (connection, transaction) =>
            {
                if (IsAdministrator(user))
                    await KeepAnAdministratorAsync(connection, transaction, user.Id, cancellationToken);
                if (
                    await connection.ExecuteAsync(
                        new(
                            "delete from users where id = @Id and version = @Version",
                            new { user.Id, user.Version },
                            transaction,
                            cancellationToken: cancellationToken
                        )
                    ) == 0
                )
                    return null;
                await connection.ExecuteAsync(
                    new(
                        "delete from identifiers where identifier = any(@identifiers) and user_id = @Id",
                        new { identifiers = Identifiers(user.Username, user.Email), user.Id },
                        transaction,
                        cancellationToken: cancellationToken
                    )
                );
                await connection.ExecuteAsync(
                    new(
                        """
                        update account_events set address = null, user_agent = null where user_id = @Id;
                        insert into account_events (user_id, id, type, actor_id) values (@Id, @EventId, @Type, @actorId);
                        insert into erasures (user_id, due_at) values (@Id, now() + @Settling)
                        """,
                        new
                        {
                            user.Id,
                            EventId = Guid.CreateVersion7(),
                            Type = EventTypes.Deleted,
                            actorId,
                            Erasures.Settling,
                        },
                        transaction,
                        cancellationToken: cancellationToken
                    )
                );
                return (
                    await connection.QueryAsync<Guid>(
                        new(
                            "update sessions set ended_at = coalesce(ended_at, now()), address = null, user_agent = null where user_id "
                                + "= @Id returning id",
                            new { user.Id },
                            transaction,
                            cancellationToken: cancellationToken
                        )
                    )
                ).ToArray();
            },
            cancellationToken
        );

    // Takes and gives back identifiers in one transaction with a statement on the user's own row. Sorted, so that two who want the same do
    // not deadlock.
    async Task<(User? User, string[] Taken)> WithIdentifiersAsync(
        Guid userId,
        string[] take,
        string[] release,
        Func<NpgsqlConnection, DbTransaction, Task<User?>> statement,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (take.Length > 0)
        {
            var taken = await connection.QueryAsync<string>(
                new(
                    "insert into identifiers (identifier, user_id) select identifier, @userId from unnest(@take) as wanted "
                        + "(identifier) order by identifier on conflict do nothing returning identifier",
                    new { userId, take },
                    transaction,
                    cancellationToken: cancellationToken
                )
            );
            // Not committed: the transaction's end gives back what was taken.
            if (take.Except(taken).ToArray() is { Length: > 0 } others)
                return (null, others);
        }

        if (await statement(connection, transaction) is not { } user)
            return (null, []);
        // After the user's row, in the order of a deletion: else the two could wait for each other.
        if (release.Length > 0)
        {
            await connection.ExecuteAsync(
                new(
                    "delete from identifiers where identifier = any(@release) and user_id = @userId",
                    new { userId, release },
                    transaction,
                    cancellationToken: cancellationToken
                )
            );
        }

        await transaction.CommitAsync(cancellationToken);
        return (user, []);
    }

    // The name, the skeleton that it shares with all names that look like it, and the e-mail address.
    static string[] Identifiers(string username, string? email)
    {
        var name = Identifier.Normalize(username);
        string[] ofName = [name, ConfusableName.Identifier(name)];
        return email is null ? ofName : [.. ofName.Append(Identifier.Normalize(email)).Distinct()];
    }
}
