namespace Core.Accounts;

/// <summary>This part: users.</summary>
public sealed partial class AccountService
{
    const int MaxAttempts = 5;

    /// <summary>A user who may still sign in; null when they were deleted or disabled.</summary>
    public Task<User?> ReadActiveUserAsync(Guid id, CancellationToken cancel) => store.ReadActiveUserAsync(id, cancel);

    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>.</exception>
    public async Task<User> ReadUserAsync(Guid id, CancellationToken cancel) => await store.ReadUserAsync(id, cancel) ?? throw NoSuchUser();

    public async Task<Page<User>> ReadUsersAsync(PageRequest page, CancellationToken cancel) => Page<User>.Of(await store.ReadUsersAsync(page, cancel), page, user => user.Id);

    /// <summary>Makes an account for somebody.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>, <see cref="Refusal.Conflict"/> for a taken name, <see cref="Refusal.Busy"/>.</exception>
    public Task<User> CreateUserAsync(string username, string password, string? email, Role role, Guid actorId, Client client, CancellationToken cancel) =>
        AddUserAsync(username, password, email, role, EventTypes.Created, actorId, client, cancel);

    /// <summary>Changes a user. Taking rights away (disabling, a lower role) ends their sessions, so that it holds at once.</summary>
    /// <param name="isCurrent">Whether the caller's <c>If-Match</c> allows to change this version.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>, <see cref="Refusal.Invalid"/>, <see cref="Refusal.Conflict"/>, <see cref="Refusal.Stale"/>.</exception>
    public async Task<User> ChangeUserAsync(Guid id, UserChange change, Func<long, bool> isCurrent, Guid? actorId, Client client, CancellationToken cancel)
    {
        new Validation()
            .Check("username", change.Username is { } username ? Identifier.CheckUsername(username) : null)
            .Check("email", change.Email is { IsSet: true, Value: { } email } ? Identifier.CheckEmail(email) : null)
            .ThrowIfInvalid();
        var actor = actorId == id ? null : actorId;
        for (var attempt = 1; ; attempt++)
        {
            var before = await ReadUserAsync(id, cancel);
            if (!isCurrent(before.Version)) throw Stale();
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
                after.Disabled == before.Disabled ? null : after.Disabled ? EventTypes.Disabled : EventTypes.Enabled,
            ];
            if (after == before) return before;

            var takesRightsAway = after.Disabled || after.Role < before.Role;
            var (user, taken, ended) = await store.UpdateUserAsync(before, after, takesRightsAway, [.. events.OfType<string>()], actor, client, cancel);
            if (taken.Length > 0) throw Taken(taken, after.Username, after.Email);
            if (user is null)
            {
                // Changed by another since it was read: look again, for as long as the caller's If-Match allows.
                if (attempt == MaxAttempts) throw Stale();
                continue;
            }

            revoked.Add(ended);
            return user;
        }
    }

    /// <summary>Sets a new password and ends the other sessions.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/> when the old one is wrong or the new one not allowed; <see cref="Refusal.Stale"/>; <see cref="Refusal.TooMany"/>; <see cref="Refusal.Busy"/>.</exception>
    public async Task ChangePasswordAsync(Guid id, Guid sessionId, string before, string after, Func<long, bool> isCurrent, Client client, CancellationToken cancel)
    {
        var user = await store.ReadActiveUserAsync(id, cancel) ?? throw NoSuchUser();
        if (!isCurrent(user.Version)) throw Stale();
        new Validation().Check("new_password", PasswordPolicy.Check(after, user.Username, user.Email)).ThrowIfInvalid();
        var credentials = await store.ReadCredentialsAsync(id, client.Address, cancel) ?? throw NoSuchUser();
        var guard = LoginGuard.For(credentials, "", client, options);

        using var slot = await hasher.EnterAsync(cancel);
        await CheckGuardAsync(guard, cancel);
        if (!await slot.VerifyAsync(before, credentials.PasswordHash))
        {
            await AddFailuresAsync(guard, cancel);
            throw RefusedException.Invalid("current_password", "Is not the current password.");
        }

        revoked.Add(await store.ChangePasswordAsync(id, credentials.PasswordHash, await slot.HashAsync(after), sessionId, client, cancel) ?? throw Stale());
    }

    /// <summary>Removes a user, ends their sessions and erases their data in all modules.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>, <see cref="Refusal.Stale"/>.</exception>
    public async Task DeleteUserAsync(Guid id, Func<long, bool> isCurrent, Guid? actorId, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            var user = await ReadUserAsync(id, cancel);
            if (!isCurrent(user.Version) || attempt > MaxAttempts) throw Stale();
            if (await store.DeleteUserAsync(user, actorId == id ? null : actorId, cancel) is not { } ended) continue;
            revoked.Add(ended);
            await erasures.BeginAsync(id);
            return;
        }
    }

    /// <summary>Makes the user of this name an administrator.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>.</exception>
    public async Task<User> PromoteAsync(string name, CancellationToken cancel)
    {
        var id = await FindUserAsync(name, cancel);
        return await ChangeUserAsync(id, new UserChange { Role = Role.Admin }, _ => true, actorId: null, new Client(null, "command line"), cancel);
    }

    /// <summary>The id of the user with a name or e-mail address.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>.</exception>
    public async Task<Guid> FindUserAsync(string name, CancellationToken cancel) =>
        (Identifier.TryNormalise(name) is { } identifier ? await store.FindUserIdAsync(identifier, cancel) : null) ?? throw NoSuchUser();

    public Task<bool> AnyAdminAsync(CancellationToken cancel) => store.AnyAdminAsync(cancel);

    async Task<User> AddUserAsync(string username, string password, string? email, Role role, string eventType, Guid? actorId, Client client, CancellationToken cancel)
    {
        new Validation()
            .Check("username", Identifier.CheckUsername(username))
            .Check("email", email is null ? null : Identifier.CheckEmail(email))
            .Check("password", PasswordPolicy.Check(password, username, email))
            .ThrowIfInvalid();

        // Before the work of hashing; the last word has the insert.
        var known = await store.FindTakenAsync(username, email, cancel);
        if (known.Length > 0) throw Taken(known, username, email);

        string hash;
        using (var slot = await hasher.EnterAsync(cancel))
        {
            hash = await slot.HashAsync(password);
        }

        var (user, taken) = await store.AddUserAsync(
            Guid.CreateVersion7(), UnicodeNormalization.Compose(username), Compose(email), role, hash, eventType, actorId, client, cancel);
        return user ?? throw Taken(taken, username, email);
    }

    static string? Compose(string? text) => text is null ? null : UnicodeNormalization.Compose(text);

    static RefusedException Taken(string[] taken, string username, string? email) =>
        taken.Contains(Identifier.Normalise(username)) || email is null
            ? RefusedException.Conflict("username", "The username is taken.")
            : RefusedException.Conflict("email", "The e-mail address is taken.");

    static RefusedException NoSuchUser() => new(Refusal.NotFound, "There is no such user.");

    static RefusedException Stale() => new(Refusal.Stale, "It was changed since you read it. Read it again.");
}
