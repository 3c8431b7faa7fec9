namespace FunctionsApp.Core.Accounts;

/// <summary>What an operator does with users from the command line.</summary>
public sealed class OperatorService(
    UserService users,
    CredentialStore credentials,
    LoginThrottle throttle,
    PasswordHasher hasher,
    RevokedSessions revoked
)
{
    static readonly Client CommandLine = new(null, "command line");

    /// <summary>Changes the user with a name or email address.</summary>
    /// <returns>The user before and after; the same when there was nothing to change.</returns>
    /// <exception cref="RefusedException">As <see cref="UserService.ChangeAsync"/>; <see cref="Refusal.NotFound"/> quotes the name that was
    /// not found.</exception>
    public async Task<(User Before, User After)> ChangeAsync(string name, UserChange change, CancellationToken cancellationToken)
    {
        var before = await ReadAsync(name, cancellationToken);
        return (
            before,
            await users.ChangeAsync(before.Id, change, version => version == before.Version, actorId: null, CommandLine, cancellationToken)
        );
    }

    /// <summary>Gives the user with a name or email address a new random password, and ends the user's sessions.</summary>
    /// <returns>The user and the password, which is kept nowhere else.</returns>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/>; <see cref="Refusal.Stale"/> when the user was changed at the
    /// same moment.</exception>
    public async Task<(User User, string Password)> ResetPasswordAsync(string name, CancellationToken cancellationToken)
    {
        var user = await ReadAsync(name, cancellationToken);
        var password = PasswordPolicy.NewPassword();
        using var slot = await hasher.EnterAsync(cancellationToken);
        var hash = await slot.HashAsync(password);
        revoked.Add(
            await credentials.ChangePasswordAsync(user.Id, user.Version, hash, keep: null, CommandLine, cancellationToken)
                ?? throw UserService.Stale()
        );
        await throttle.ForgetAsync(LoginGuard.SubjectOf(user.Id), cancellationToken);
        return (user, password);
    }

    async Task<User> ReadAsync(string name, CancellationToken cancellationToken) =>
        await users.ReadAsync(await users.FindIdAsync(name, cancellationToken), cancellationToken);
}
