namespace FunctionsApp.Core.Accounts;

/// <summary>Reads, changes and deletes users.</summary>
public sealed class UserService(
    UserStore store,
    ActiveUserStore active,
    IdentifierStore identifiers,
    AdministratorStore administrators,
    RevokedSessions revoked,
    Erasures erasures
)
{
    const int MaxAttempts = 5;

    /// <summary>A user who may still sign in; null when the account was deleted or disabled.</summary>
    public Task<User?> ReadActiveAsync(Guid id, CancellationToken cancellationToken) => active.ReadAsync(id, cancellationToken);

    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>.</exception>
    public async Task<User> ReadAsync(Guid id, CancellationToken cancellationToken) =>
        await store.ReadAsync(id, cancellationToken) ?? throw NotFound();

    /// <summary>All users, newest first.</summary>
    public async Task<KeysetPage<User>> ReadPageAsync(PageRequest page, CancellationToken cancellationToken) =>
        KeysetPage<User>.Of(await store.ReadPageAsync(page, cancellationToken), page, user => user.Id);

    /// <summary>The id of the user with a name or email address.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>.</exception>
    public async Task<Guid> FindIdAsync(string name, CancellationToken cancellationToken) =>
        (Identifier.TryNormalize(name) is { } identifier ? await identifiers.FindUserIdAsync(identifier, cancellationToken) : null)
        ?? throw new RefusedException(Refusal.NotFound, $"There is no such user: no username and no email address is '{name}'.");

    /// <summary>Whether there is an administrator.</summary>
    public Task<bool> AnyAdministratorAsync(CancellationToken cancellationToken) => administrators.AnyAsync(cancellationToken);

    /// <summary>
    /// Changes a user. Reducing a user's rights (disabling, a lower role) ends the user's sessions, to take effect at once.
    /// </summary>
    /// <param name="isCurrent">Whether the request's <c>If-Match</c> allows a change of this version.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>, <see cref="Refusal.Invalid"/>, <see cref="Refusal.Conflict"/>,
    /// <see cref="Refusal.Stale"/>.</exception>
    public async Task<User> ChangeAsync(
        Guid id,
        UserChange change,
        Func<long, bool> isCurrent,
        Guid? actorId,
        Client client,
        CancellationToken cancellationToken
    )
    {
        change.Check();
        var actor = actorId == id ? null : actorId;
        for (var attempt = 1; ; attempt++)
        {
            var before = await ReadAsync(id, cancellationToken);
            if (!isCurrent(before.Version))
                throw Stale();
            var after = change.Apply(before);
            if (after == before)
                return before;

            var (user, taken, ended) = await store.UpdateAsync(
                before,
                after,
                endSessions: after.Disabled || after.Role < before.Role,
                EventsOf(before, after),
                actor,
                client,
                cancellationToken
            );
            if (taken.Length > 0)
                throw Taken(taken, after.Username, after.Email);
            if (user is null)
            {
                // Changed by another request since it was read: try again, for as long as the request's If-Match allows.
                if (attempt == MaxAttempts)
                    throw Stale();
                continue;
            }

            revoked.Add(ended);
            return user;
        }
    }

    /// <summary>Deletes a user, ends the user's sessions and erases the user's data in all modules.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>, <see cref="Refusal.Stale"/>.</exception>
    public async Task DeleteAsync(Guid id, Func<long, bool> isCurrent, Guid? actorId, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var user = await ReadAsync(id, cancellationToken);
            if (!isCurrent(user.Version) || attempt > MaxAttempts)
                throw Stale();
            if (await store.DeleteAsync(user, actorId == id ? null : actorId, cancellationToken) is not { } ended)
                continue;
            revoked.Add(ended);
            await erasures.EraseNowAsync(id);
            return;
        }
    }

    internal static RefusedException NotFound() => new(Refusal.NotFound, "There is no such user.");

    internal static RefusedException Stale() => new(Refusal.Stale, "It was changed since you read it. Read it again.");

    /// <param name="taken">The identifiers that belong to others.</param>
    internal static RefusedException Taken(string[] taken, string username, string? email) =>
        email is not null && taken.SequenceEqual([Identifier.Normalize(email)])
            ? RefusedException.Conflict("email", "The email address is taken.")
        : taken.Contains(Identifier.Normalize(username)) ? RefusedException.Conflict("username", "The username is taken.")
        : RefusedException.Conflict("username", "The username looks like one that is taken.");

    static IReadOnlyList<string> EventsOf(User before, User after)
    {
        string?[] events =
        [
            after.Username != before.Username || after.Email != before.Email ? EventTypes.ProfileChanged : null,
            after.Role != before.Role ? EventTypes.RoleChanged : null,
            after.Disabled == before.Disabled ? null
            : after.Disabled ? EventTypes.Disabled
            : EventTypes.Enabled,
        ];
        return [.. events.OfType<string>()];
    }
}
