namespace FunctionsApp.Core.Accounts;

/// <summary>
/// Asks for the current password before a sensitive change. A stolen access token must not be enough to guess the password: failures count
/// as they do at a login.
/// </summary>
public sealed class PasswordConfirmation(CredentialStore credentials, LoginThrottle throttle, PasswordHasher hasher, AccountOptions options)
{
    /// <exception cref="RefusedException">
    /// <see cref="Refusal.Invalid"/> when it is not the current password; <see cref="Refusal.NotFound"/>; <see cref="Refusal.TooMany"/>;
    /// <see cref="Refusal.Busy"/>.
    /// </exception>
    public async Task ConfirmAsync(Guid userId, string password, Client client, CancellationToken cancellationToken)
    {
        var user = await credentials.ReadAsync(userId, client.Network, cancellationToken) ?? throw UserService.NotFound();
        using var slot = await hasher.EnterAsync(HashingWork.Login, client.Network, cancellationToken);
        await ConfirmAsync(slot, user, password, client, cancellationToken);
    }

    /// <inheritdoc cref="ConfirmAsync(Guid, string, Client, CancellationToken)"/>
    public async Task ConfirmAsync(
        PasswordHasher.Slot slot,
        Credentials user,
        string password,
        Client client,
        CancellationToken cancellationToken
    )
    {
        var guard = LoginGuard.For(user, "", client, options);
        await throttle.CheckAsync(guard, cancellationToken);
        if (await slot.VerifyAsync(password, user.PasswordHash))
            return;
        await throttle.AddFailureAsync(guard, cancellationToken);
        throw RefusedException.Invalid("current_password", "Is not the current password.");
    }
}
