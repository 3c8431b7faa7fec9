namespace FunctionsApp.Core.Accounts;

/// <summary>Logs users in.</summary>
public sealed class LoginService(
    IdentifierStore identifiers,
    CredentialStore credentials,
    AccountEventStore events,
    LoginThrottle throttle,
    PasswordHasher hasher,
    SessionService sessions,
    AccountOptions options
)
{
    /// <summary>Starts a session with a username or an email address and a password.</summary>
    /// <exception cref="RefusedException">
    /// <see cref="Refusal.Unauthenticated"/>, in the same way and after the same time for an unknown name, a wrong password and a disabled
    /// user; <see cref="Refusal.TooMany"/> after too many failures; <see cref="Refusal.Busy"/>.
    /// </exception>
    public async Task<TokenPair> LoginAsync(string name, string password, Client client, CancellationToken cancellationToken)
    {
        var identifier = Identifier.TryNormalize(name) ?? "";
        // The same statements for a name that does not exist: the time must not reveal it.
        var userId = await identifiers.FindUserIdAsync(identifier, cancellationToken) ?? Guid.Empty;
        var (user, failures) = await credentials.ReadWithFailuresAsync(
            userId,
            client.Network,
            LoginGuard.PossibleSubjects(userId, identifier, client),
            cancellationToken
        );
        var guard = LoginGuard.For(user, identifier, client, options);

        var failed = LoginThrottle.Check(guard, failures);
        var entering = hasher.EnterAsync(HashingWork.Login, client.Network, cancellationToken);
        var waits = !entering.IsCompleted;
        using (var slot = await entering)
        {
            // Again, after a wait: earlier requests in the queue may have been guesses at the same account.
            if (waits)
                failed = await throttle.CheckAsync(guard, cancellationToken);
            if (!await slot.VerifyAsync(password, user?.PasswordHash) || user is null || user.Disabled)
            {
                var counted = throttle.AddFailureAsync(guard, cancellationToken);
                await (
                    user is null
                        ? counted
                        : Task.WhenAll(counted, events.AddAsync(user.Id, EventTypes.LoginFailed, client, cancellationToken))
                );
                throw WrongPassword();
            }

            if (failed.Contains(guard.AccountSubject))
                await throttle.ForgetAsync(guard.AccountSubject, cancellationToken);
            if (slot.NeedsRehash(user.PasswordHash))
            {
                var hash = await slot.HashAsync(password);
                user = await credentials.ReplaceHashAsync(user.Id, user.PasswordHash, hash, cancellationToken)
                    ? user with
                    {
                        PasswordHash = hash,
                    }
                    : await ReadAgainAsync(slot, user.Id, password, client, cancellationToken);
            }
        }

        return await sessions.StartAsync(user.Id, user.PasswordHash, client, cancellationToken) ?? throw WrongPassword();
    }

    // Another login renewed the hash at the same moment, or the password was changed.
    async Task<Credentials> ReadAgainAsync(
        PasswordHasher.Slot slot,
        Guid userId,
        string password,
        Client client,
        CancellationToken cancellationToken
    ) =>
        await credentials.ReadAsync(userId, client.Network, cancellationToken) is { } user
        && await slot.VerifyAsync(password, user.PasswordHash)
            ? user
            : throw WrongPassword();

    static RefusedException WrongPassword() => new(Refusal.Unauthenticated, "Incorrect username or password.");
}
