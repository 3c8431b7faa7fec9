namespace FunctionsApp.Core.Accounts;

/// <summary>The module's face. This part: signing up, signing in and sessions.</summary>
public sealed partial class AccountService(
    AccountStore store,
    PasswordHasher hasher,
    AccessTokens tokens,
    RevokedSessions revoked,
    Erasures erasures,
    AccountOptions options
)
{
    /// <summary>Makes an account with the role <see cref="Role.User"/>.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>, <see cref="Refusal.Conflict"/> for a taken name,
    /// <see cref="Refusal.Busy"/>.</exception>
    public Task<User> SignUpAsync(string username, string password, string? email, Client client, CancellationToken cancellationToken) =>
        AddUserAsync(username, password, email, Role.User, EventTypes.SignedUp, actorId: null, client, cancellationToken);

    /// <summary>Begins a session with a username or an e-mail address and a password.</summary>
    /// <exception cref="RefusedException">
    /// <see cref="Refusal.Unauthenticated"/>, alike and after the same time for an unknown name, a wrong password and a disabled user;
    /// <see cref="Refusal.TooMany"/> after too many failures; <see cref="Refusal.Busy"/>.
    /// </exception>
    public async Task<TokenPair> LoginAsync(string name, string password, Client client, CancellationToken cancellationToken)
    {
        var identifier = Identifier.TryNormalize(name) ?? "";
        // The same statements for a name that does not exist: the time must not reveal it.
        var user = await store.ReadCredentialsAsync(
            await store.FindUserIdAsync(identifier, cancellationToken) ?? Guid.Empty,
            client.Address,
            cancellationToken
        );
        var guard = LoginGuard.For(user, identifier, client, options);

        await CheckGuardAsync(guard, cancellationToken);
        using (var slot = await hasher.EnterAsync(HashingWork.Login, client.Network, cancellationToken))
        {
            // Again, now that it is our turn: those before us in the queue may have been guesses at the same account.
            var levels = await CheckGuardAsync(guard, cancellationToken);
            if (!await slot.VerifyAsync(password, user?.PasswordHash) || user is null || user.Disabled)
            {
                var noted = AddFailuresAsync(guard, cancellationToken);
                await (
                    user is null
                        ? noted
                        : Task.WhenAll(noted, store.AddEventAsync(user.Id, EventTypes.LoginFailed, client, cancellationToken))
                );
                throw WrongPassword();
            }

            if (levels.Any(level => level.Subject == guard.AccountSubject))
                await store.ForgetFailuresAsync(guard.AccountSubject, cancellationToken);
            if (slot.NeedsRehash(user.PasswordHash))
            {
                var hash = await slot.HashAsync(password);
                await store.ReplaceHashAsync(user.Id, user.PasswordHash, hash, cancellationToken);
                user = user with { PasswordHash = hash };
            }
        }

        var refresh = RefreshToken.Create(user.Id, Guid.CreateVersion7());
        var begun =
            await store.BeginSessionAsync(refresh, user.PasswordHash, options.SessionLimits, client, cancellationToken)
            ?? throw WrongPassword();
        revoked.Add(begun.Ended);
        return await PairAsync(refresh, begun.Role, cancellationToken);
    }

    /// <summary>Exchanges a refresh token for a new pair. The old one is invalidated, and using it again ends the session.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Unauthenticated"/>.</exception>
    public async Task<TokenPair> RefreshAsync(string refreshToken, Client client, CancellationToken cancellationToken)
    {
        if (!RefreshToken.TryParse(refreshToken, out var token))
            throw BadRefreshToken();
        var salt = RefreshToken.NewSalt();
        var next = token.Next(salt);
        if (await store.RotateAsync(token, next, salt, options.SessionLimits, client, cancellationToken) is { } role)
            return await PairAsync(next, role, cancellationToken);

        if (await store.ReadRefreshStateAsync(token, options.RefreshGrace, cancellationToken) is not { Live: true } state)
            throw BadRefreshToken();
        if (state is { Retry: true, Salt: { } last })
            return await PairAsync(token.Next(last), state.Role, cancellationToken);

        revoked.Add(
            await store.EndSessionsAsync(
                token.UserId,
                only: token.SessionId,
                except: null,
                EventTypes.RefreshTokenReused,
                client,
                cancellationToken
            )
        );
        throw BadRefreshToken();
    }

    /// <summary>Ends the session of the token that asks.</summary>
    public async Task LogoutAsync(Guid userId, Guid sessionId, Client client, CancellationToken cancellationToken) =>
        revoked.Add(await store.EndSessionsAsync(userId, only: sessionId, except: null, EventTypes.LoggedOut, client, cancellationToken));

    /// <summary>Ends all sessions of a user.</summary>
    public async Task LogoutEverywhereAsync(Guid userId, Client client, CancellationToken cancellationToken) =>
        revoked.Add(
            await store.EndSessionsAsync(userId, only: null, except: null, EventTypes.LoggedOutEverywhere, client, cancellationToken)
        );

    public async Task<Page<Session>> ReadSessionsAsync(Guid userId, Guid current, PageRequest page, CancellationToken cancellationToken) =>
        Page<Session>.Of(await store.ReadSessionsAsync(userId, current, page, cancellationToken), page, session => session.Id);

    /// <summary>Ends one session of a user.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/> when it is not a live session of this user.</exception>
    public async Task EndSessionAsync(Guid userId, Guid sessionId, Client client, CancellationToken cancellationToken)
    {
        var ended = await store.EndSessionsAsync(userId, only: sessionId, except: null, EventTypes.SessionEnded, client, cancellationToken);
        if (ended.Length == 0)
            throw new RefusedException(Refusal.NotFound, "There is no such session.");
        revoked.Add(ended);
    }

    public async Task<Page<AccountEvent>> ReadEventsAsync(Guid userId, PageRequest page, CancellationToken cancellationToken) =>
        Page<AccountEvent>.Of(await store.ReadEventsAsync(userId, page, cancellationToken), page, entry => entry.Id);

    async Task<IReadOnlyList<AccountStore.FailureLevel>> CheckGuardAsync(LoginGuard guard, CancellationToken cancellationToken)
    {
        var levels = await store.ReadFailuresAsync([.. guard.Subjects.Select(one => one.Subject)], cancellationToken);
        var wait = levels.Select(level => guard.BucketOf(level.Subject).WaitAfter(level.Level, level.Age)).DefaultIfEmpty().Max();
        return wait == TimeSpan.Zero
            ? levels
            : throw new RefusedException(Refusal.TooMany, "Too many failed sign-ins. Try again later.") { RetryAfter = wait };
    }

    Task AddFailuresAsync(LoginGuard guard, CancellationToken cancellationToken) =>
        Task.WhenAll(guard.Subjects.Select(one => store.AddFailureAsync(one.Subject, one.Bucket, cancellationToken)));

    async Task<TokenPair> PairAsync(RefreshToken refresh, Role role, CancellationToken cancellationToken) =>
        new(
            await tokens.CreateAsync(refresh.UserId, refresh.SessionId, role, cancellationToken),
            refresh.ToString(),
            (int)options.AccessTokenLifetime.TotalSeconds
        );

    static RefusedException WrongPassword() => new(Refusal.Unauthenticated, "Incorrect username or password.");

    static RefusedException BadRefreshToken() =>
        new(Refusal.Unauthenticated, "The refresh token is not valid, or was used before. Log in again.");
}
