namespace FunctionsApp.Core.Accounts;

/// <summary>This part: users.</summary>
public sealed partial class AccountService
{
    const int MaxAttempts = 5;

    /// <summary>A user who may still sign in; null when they were deleted or disabled.</summary>
    public Task<User?> ReadActiveUserAsync(Guid id, CancellationToken cancellationToken) =>
        store.ReadActiveUserAsync(id, cancellationToken);

    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>.</exception>
    public async Task<User> ReadUserAsync(Guid id, CancellationToken cancellationToken) =>
        await store.ReadUserAsync(id, cancellationToken) ?? throw NoSuchUser();

    public async Task<Page<User>> ReadUsersAsync(PageRequest page, CancellationToken cancellationToken) =>
        Page<User>.Of(await store.ReadUsersAsync(page, cancellationToken), page, user => user.Id);

    /// <summary>Creates an account.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>, <see cref="Refusal.Conflict"/> for a taken name,
    /// <see cref="Refusal.Busy"/>.</exception>
    public Task<User> CreateUserAsync(
        string username,
        string password,
        string? email,
        Role role,
        Guid actorId,
        Client client,
        CancellationToken cancellationToken
    ) => AddUserAsync(username, password, email, role, EventTypes.Created, actorId, client, cancellationToken);

    /// <summary>Changes a user. Taking rights away (disabling, a lower role) ends their sessions, so that it holds at once.</summary>
    /// <param name="isCurrent">Whether the caller's <c>If-Match</c> allows to change this version.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>, <see cref="Refusal.Invalid"/>, <see cref="Refusal.Conflict"/>,
    /// <see cref="Refusal.Stale"/>.</exception>
    public async Task<User> ChangeUserAsync(
        Guid id,
        UserChange change,
        Func<long, bool> isCurrent,
        Guid? actorId,
        Client client,
        CancellationToken cancellationToken
    )
    {
        Check(change);
        var actor = actorId == id ? null : actorId;
        for (var attempt = 1; ; attempt++)
        {
            var before = await ReadUserAsync(id, cancellationToken);
            if (!isCurrent(before.Version))
                throw Stale();
            var after = before with
            {
                Username = change.Username is { } name ? UnicodeNormalization.Compose(name) : before.Username,
                Email = change.Email.IsSet ? Compose(change.Email.Value) : before.Email,
                Role = change.Role ?? before.Role,
                Disabled = change.Disabled ?? before.Disabled,
            };
            string?[] events =
            [
                after.Username != before.Username || after.Email != before.Email ? EventTypes.ProfileChanged : null,
                after.Role != before.Role ? EventTypes.RoleChanged : null,
                after.Disabled == before.Disabled ? null
                : after.Disabled ? EventTypes.Disabled
                : EventTypes.Enabled,
            ];
            if (after == before)
                return before;

            var takesRightsAway = after.Disabled || after.Role < before.Role;
            var (user, taken, ended) = await store.UpdateUserAsync(
                before,
                after,
                takesRightsAway,
                [.. events.OfType<string>()],
                actor,
                client,
                cancellationToken
            );
            if (taken.Length > 0)
                throw Taken(taken, after.Username, after.Email);
            if (user is null)
            {
                // Changed by another since it was read: look again, for as long as the caller's If-Match allows.
                if (attempt == MaxAttempts)
                    throw Stale();
                continue;
            }

            revoked.Add(ended);
            return user;
        }
    }

    /// <summary>Changes the caller's own account. Another e-mail address needs the current password.</summary>
    /// <exception cref="RefusedException">
    /// As <see cref="ChangeUserAsync"/>; also <see cref="Refusal.Invalid"/> for a password that is wrong or missing,
    /// <see cref="Refusal.TooMany"/>,
    /// <see cref="Refusal.Busy"/>.
    /// </exception>
    public async Task<User> ChangeOwnUserAsync(
        Guid id,
        UserChange change,
        string? currentPassword,
        Func<long, bool> isCurrent,
        Client client,
        CancellationToken cancellationToken
    )
    {
        Check(change);
        if (change.Email.IsSet)
        {
            var user = await store.ReadActiveUserAsync(id, cancellationToken) ?? throw NoSuchUser();
            if (!isCurrent(user.Version))
                throw Stale();
            if (Compose(change.Email.Value) != user.Email)
                await ConfirmPasswordAsync(id, currentPassword, client, cancellationToken);
        }

        return await ChangeUserAsync(id, change, isCurrent, id, client, cancellationToken);
    }

    /// <summary>Deletes the caller's own account, which needs the current password.</summary>
    /// <exception cref="RefusedException">
    /// As <see cref="DeleteUserAsync"/>; also <see cref="Refusal.Invalid"/> for a password that is wrong, <see cref="Refusal.TooMany"/>,
    /// <see cref="Refusal.Busy"/>.
    /// </exception>
    public async Task DeleteOwnUserAsync(
        Guid id,
        string currentPassword,
        Func<long, bool> isCurrent,
        Client client,
        CancellationToken cancellationToken
    )
    {
        var user = await store.ReadActiveUserAsync(id, cancellationToken) ?? throw NoSuchUser();
        if (!isCurrent(user.Version))
            throw Stale();
        await ConfirmPasswordAsync(id, currentPassword, client, cancellationToken);
        await DeleteUserAsync(id, isCurrent, id, cancellationToken);
    }

    /// <summary>Sets a new password and ends the other sessions.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/> when the old one is wrong or the new one not allowed;
    /// <see cref="Refusal.Stale"/>; <see cref="Refusal.TooMany"/>; <see cref="Refusal.Busy"/>.</exception>
    public async Task ChangePasswordAsync(
        Guid id,
        Guid sessionId,
        string before,
        string after,
        Func<long, bool> isCurrent,
        Client client,
        CancellationToken cancellationToken
    )
    {
        var user = await store.ReadActiveUserAsync(id, cancellationToken) ?? throw NoSuchUser();
        if (!isCurrent(user.Version))
            throw Stale();
        new Validation().Check("new_password", PasswordPolicy.Check(after, user.Username, user.Email)).ThrowIfInvalid();
        var credentials = await store.ReadCredentialsAsync(id, client.Address, cancellationToken) ?? throw NoSuchUser();

        using var slot = await hasher.EnterAsync(HashingWork.Login, client.Network, cancellationToken);
        await ConfirmPasswordAsync(slot, credentials, before, client, cancellationToken);
        revoked.Add(
            await store.ChangePasswordAsync(id, credentials.PasswordHash, await slot.HashAsync(after), sessionId, client, cancellationToken)
                ?? throw Stale()
        );
    }

    /// <summary>Removes a user, ends their sessions and erases their data in all modules.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>, <see cref="Refusal.Stale"/>.</exception>
    public async Task DeleteUserAsync(Guid id, Func<long, bool> isCurrent, Guid? actorId, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var user = await ReadUserAsync(id, cancellationToken);
            if (!isCurrent(user.Version) || attempt > MaxAttempts)
                throw Stale();
            if (await store.DeleteUserAsync(user, actorId == id ? null : actorId, cancellationToken) is not { } ended)
                continue;
            revoked.Add(ended);
            await erasures.BeginAsync(id);
            return;
        }
    }

    /// <summary>Changes the user of a name or e-mail address, for an operator.</summary>
    /// <returns>The user before and after; the same when there was nothing to change.</returns>
    /// <exception cref="RefusedException">As <see cref="ChangeUserAsync"/>; <see cref="Refusal.NotFound"/> names who was not
    /// found.</exception>
    public async Task<(User Before, User After)> ChangeNamedUserAsync(string name, UserChange change, CancellationToken cancellationToken)
    {
        var before = await ReadUserAsync(await FindUserAsync(name, cancellationToken), cancellationToken);
        return (
            before,
            await ChangeUserAsync(before.Id, change, version => version == before.Version, actorId: null, Operator, cancellationToken)
        );
    }

    /// <summary>Gives the user of a name or e-mail address a new random password, ends their sessions and forgets failed logins.</summary>
    /// <returns>The user and the password, which is kept nowhere else.</returns>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>; <see cref="Refusal.Stale"/> when it was changed at the same
    /// moment.</exception>
    public async Task<(User User, string Password)> ResetPasswordAsync(string name, CancellationToken cancellationToken)
    {
        var user = await ReadUserAsync(await FindUserAsync(name, cancellationToken), cancellationToken);
        var credentials = await store.ReadCredentialsAsync(user.Id, address: null, cancellationToken) ?? throw NoSuchUser();
        var password = PasswordPolicy.NewPassword();
        using var slot = await hasher.EnterAsync(cancellationToken);
        var hash = await slot.HashAsync(password);
        revoked.Add(
            await store.ChangePasswordAsync(user.Id, credentials.PasswordHash, hash, keep: null, Operator, cancellationToken)
                ?? throw Stale()
        );
        await store.ForgetFailuresAsync(LoginGuard.SubjectOf(user.Id), cancellationToken);
        return (user, password);
    }

    /// <summary>The id of the user with a name or e-mail address.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>.</exception>
    public async Task<Guid> FindUserAsync(string name, CancellationToken cancellationToken) =>
        (Identifier.TryNormalize(name) is { } identifier ? await store.FindUserIdAsync(identifier, cancellationToken) : null)
        ?? throw new RefusedException(Refusal.NotFound, $"There is no such user: no username and no e-mail address is '{name}'.");

    public Task<bool> AnyAdminAsync(CancellationToken cancellationToken) => store.AnyAdminAsync(cancellationToken);

    async Task<User> AddUserAsync(
        string username,
        string password,
        string? email,
        Role role,
        string eventType,
        Guid? actorId,
        Client client,
        CancellationToken cancellationToken
    )
    {
        new Validation()
            .Check("username", Identifier.CheckUsername(username))
            .Check("email", email is null ? null : Identifier.CheckEmail(email))
            .Check("password", PasswordPolicy.Check(password, username, email))
            .ThrowIfInvalid();

        // Before the work of hashing; the last word has the insert.
        var known = await store.FindTakenAsync(username, email, cancellationToken);
        if (known.Length > 0)
            throw Taken(known, username, email);

        string hash;
        using (
            var slot = await hasher.EnterAsync(actorId is null ? HashingWork.Signup : HashingWork.Login, client.Network, cancellationToken)
        )
        {
            hash = await slot.HashAsync(password);
        }

        var (user, taken) = await store.AddUserAsync(
            Guid.CreateVersion7(),
            UnicodeNormalization.Compose(username),
            Compose(email),
            role,
            hash,
            eventType,
            actorId,
            client,
            cancellationToken
        );
        return user ?? throw Taken(taken, username, email);
    }

    static Client Operator => new(null, "command line");

    static void Check(UserChange change) =>
        new Validation()
            .Check("username", change.Username is { } username ? Identifier.CheckUsername(username) : null)
            .Check("email", change.Email is { IsSet: true, Value: { } email } ? Identifier.CheckEmail(email) : null)
            .ThrowIfInvalid();

    async Task ConfirmPasswordAsync(Guid id, string? password, Client client, CancellationToken cancellationToken)
    {
        if (password is null)
            throw RefusedException.Invalid("current_password", "Is required to change the e-mail address.");
        var credentials = await store.ReadCredentialsAsync(id, client.Address, cancellationToken) ?? throw NoSuchUser();
        using var slot = await hasher.EnterAsync(HashingWork.Login, client.Network, cancellationToken);
        await ConfirmPasswordAsync(slot, credentials, password, client, cancellationToken);
    }

    // A stolen access token must not be enough to guess the password either: failures count as at login.
    async Task ConfirmPasswordAsync(
        PasswordHasher.Slot slot,
        AccountStore.Credentials credentials,
        string password,
        Client client,
        CancellationToken cancellationToken
    )
    {
        var guard = LoginGuard.For(credentials, "", client, options);
        await CheckGuardAsync(guard, cancellationToken);
        if (await slot.VerifyAsync(password, credentials.PasswordHash))
            return;
        await AddFailuresAsync(guard, cancellationToken);
        throw RefusedException.Invalid("current_password", "Is not the current password.");
    }

    static string? Compose(string? text) => text is null ? null : UnicodeNormalization.Compose(text);

    static RefusedException Taken(string[] taken, string username, string? email) =>
        email is not null && taken.SequenceEqual([Identifier.Normalize(email)])
            ? RefusedException.Conflict("email", "The e-mail address is taken.")
        : taken.Contains(Identifier.Normalize(username)) ? RefusedException.Conflict("username", "The username is taken.")
        : RefusedException.Conflict("username", "The username looks like one that is taken.");

    static RefusedException NoSuchUser() => new(Refusal.NotFound, "There is no such user.");

    static RefusedException Stale() => new(Refusal.Stale, "It was changed since you read it. Read it again.");
}
