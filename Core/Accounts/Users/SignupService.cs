namespace FunctionsApp.Core.Accounts;

/// <summary>Creates accounts.</summary>
public sealed class SignupService(UserStore users, IdentifierStore identifiers, PasswordHasher hasher)
{
    /// <summary>Creates an account with the role <see cref="Role.User"/>, at the request of its owner.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>, <see cref="Refusal.Conflict"/> for a taken name,
    /// <see cref="Refusal.Busy"/>.</exception>
    public Task<User> SignUpAsync(string username, string password, string? email, Client client, CancellationToken cancellationToken) =>
        AddAsync(username, password, email, Role.User, EventTypes.SignedUp, actorId: null, client, cancellationToken);

    /// <summary>Creates an account for another person.</summary>
    /// <param name="actorId">The administrator who creates it.</param>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>, <see cref="Refusal.Conflict"/> for a taken name,
    /// <see cref="Refusal.Busy"/>.</exception>
    public Task<User> CreateAsync(
        string username,
        string password,
        string? email,
        Role role,
        Guid actorId,
        Client client,
        CancellationToken cancellationToken
    ) => AddAsync(username, password, email, role, EventTypes.Created, actorId, client, cancellationToken);

    async Task<User> AddAsync(
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

        // Saves the work of hashing; the insert decides.
        var known = await identifiers.FindTakenAsync(username, email, cancellationToken);
        if (known.Length > 0)
            throw UserService.Taken(known, username, email);

        string hash;
        var work = actorId is null ? HashingWork.Signup : HashingWork.Login;
        using (var slot = await hasher.EnterAsync(work, client.Network, cancellationToken))
            hash = await slot.HashAsync(password);

        var (user, taken) = await users.AddAsync(
            Guid.CreateVersion7(),
            UnicodeNormalization.Compose(username),
            Identifier.Compose(email),
            role,
            hash,
            eventType,
            actorId,
            client,
            cancellationToken
        );
        return user ?? throw UserService.Taken(taken, username, email);
    }
}
