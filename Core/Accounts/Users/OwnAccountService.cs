namespace FunctionsApp.Core.Accounts;

/// <summary>
/// What users do with their own accounts. Sensitive changes need the current password, and apply only to the version of the account for
/// which it was confirmed.
/// </summary>
public sealed class OwnAccountService(
    UserService users,
    CredentialStore credentials,
    AccountEventStore events,
    PasswordConfirmation confirmation,
    PasswordHasher hasher,
    RevokedSessions revoked
)
{
    /// <summary>Changes the account. Another email address needs the current password.</summary>
    /// <exception cref="RefusedException">
    /// As <see cref="UserService.ChangeAsync"/>; also <see cref="Refusal.Invalid"/> for a password that is wrong or missing,
    /// <see cref="Refusal.TooMany"/>, <see cref="Refusal.Busy"/>.
    /// </exception>
    public async Task<User> ChangeAsync(
        Guid id,
        UserChange change,
        string? currentPassword,
        Func<long, bool> isCurrent,
        Client client,
        CancellationToken cancellationToken
    )
    {
        change.Check();
        if (!change.Email.IsSet)
            return await users.ChangeAsync(id, change, isCurrent, id, client, cancellationToken);
        return await AtVersionAsync(
            id,
            isCurrent,
            async user =>
            {
                if (change.Apply(user).Email != user.Email)
                {
                    if (currentPassword is null)
                        throw RefusedException.Invalid("current_password", "Is required to change the email address.");
                    await confirmation.ConfirmAsync(id, currentPassword, client, cancellationToken);
                }

                return await users.ChangeAsync(id, change, version => version == user.Version, id, client, cancellationToken);
            },
            cancellationToken
        );
    }

    /// <summary>Sets a new password and ends the other sessions.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/> when the old one is wrong or the new one not allowed;
    /// <see cref="Refusal.Stale"/>; <see cref="Refusal.TooMany"/>; <see cref="Refusal.Busy"/>.</exception>
    public Task ChangePasswordAsync(
        Guid id,
        Guid sessionId,
        string before,
        string after,
        Func<long, bool> isCurrent,
        Client client,
        CancellationToken cancellationToken
    ) =>
        AtVersionAsync(
            id,
            isCurrent,
            async user =>
            {
                new Validation().Check("new_password", PasswordPolicy.Check(after, user.Username, user.Email)).ThrowIfInvalid();
                var known = await credentials.ReadAsync(id, client.Network, cancellationToken) ?? throw UserService.NotFound();

                using var slot = await hasher.EnterAsync(HashingWork.Login, client.Network, cancellationToken);
                await confirmation.ConfirmAsync(slot, known, before, client, cancellationToken);
                var hash = await slot.HashAsync(after);
                var ended =
                    await credentials.ChangePasswordAsync(id, user.Version, hash, sessionId, client, cancellationToken)
                    ?? throw UserService.Stale();
                revoked.Add(ended);
                return ended;
            },
            cancellationToken
        );

    /// <summary>Deletes the account, which needs the current password.</summary>
    /// <exception cref="RefusedException">
    /// As <see cref="UserService.DeleteAsync"/>; also <see cref="Refusal.Invalid"/> for a password that is wrong,
    /// <see cref="Refusal.TooMany"/>, <see cref="Refusal.Busy"/>.
    /// </exception>
    public Task DeleteAsync(
        Guid id,
        string currentPassword,
        Func<long, bool> isCurrent,
        Client client,
        CancellationToken cancellationToken
    ) =>
        AtVersionAsync(
            id,
            isCurrent,
            async user =>
            {
                await confirmation.ConfirmAsync(id, currentPassword, client, cancellationToken);
                await users.DeleteAsync(id, version => version == user.Version, id, cancellationToken);
                return user;
            },
            cancellationToken
        );

    /// <summary>The audit trail of the account, newest first.</summary>
    public async Task<KeysetPage<AccountEvent>> ReadEventsAsync(Guid id, PageRequest page, CancellationToken cancellationToken) =>
        KeysetPage<AccountEvent>.Of(await events.ReadPageAsync(id, page, cancellationToken), page, entry => entry.Id);

    // If the account is changed in the meantime, all of it is done once more, with the password, for as long as If-Match allows.
    async Task<T> AtVersionAsync<T>(Guid id, Func<long, bool> isCurrent, Func<User, Task<T>> change, CancellationToken cancellationToken)
    {
        var user = await ReadCurrentAsync(id, isCurrent, cancellationToken);
        try
        {
            return await change(user);
        }
        catch (RefusedException e) when (e.Refusal == Refusal.Stale)
        {
            return await change(await ReadCurrentAsync(id, isCurrent, cancellationToken));
        }
    }

    async Task<User> ReadCurrentAsync(Guid id, Func<long, bool> isCurrent, CancellationToken cancellationToken)
    {
        var user = await users.ReadActiveAsync(id, cancellationToken) ?? throw UserService.NotFound();
        return isCurrent(user.Version) ? user : throw UserService.Stale();
    }
}
