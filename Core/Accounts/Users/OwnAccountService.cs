namespace FunctionsApp.Core.Accounts;

/// <summary>What users do with their own accounts. Sensitive changes need the current password.</summary>
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
        if (change.Email.IsSet)
        {
            var user = await ReadCurrentAsync(id, isCurrent, cancellationToken);
            if (change.Apply(user).Email != user.Email)
            {
                if (currentPassword is null)
                    throw RefusedException.Invalid("current_password", "Is required to change the email address.");
                await confirmation.ConfirmAsync(id, currentPassword, client, cancellationToken);
            }
        }

        return await users.ChangeAsync(id, change, isCurrent, id, client, cancellationToken);
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
        var user = await ReadCurrentAsync(id, isCurrent, cancellationToken);
        new Validation().Check("new_password", PasswordPolicy.Check(after, user.Username, user.Email)).ThrowIfInvalid();
        var known = await credentials.ReadAsync(id, client.Address, cancellationToken) ?? throw UserService.NotFound();

        using var slot = await hasher.EnterAsync(HashingWork.Login, client.Network, cancellationToken);
        await confirmation.ConfirmAsync(slot, known, before, client, cancellationToken);
        var hash = await slot.HashAsync(after);
        revoked.Add(
            await credentials.ChangePasswordAsync(id, known.PasswordHash, hash, sessionId, client, cancellationToken)
                ?? throw UserService.Stale()
        );
    }

    /// <summary>Deletes the account, which needs the current password.</summary>
    /// <exception cref="RefusedException">
    /// As <see cref="UserService.DeleteAsync"/>; also <see cref="Refusal.Invalid"/> for a password that is wrong,
    /// <see cref="Refusal.TooMany"/>, <see cref="Refusal.Busy"/>.
    /// </exception>
    public async Task DeleteAsync(
        Guid id,
        string currentPassword,
        Func<long, bool> isCurrent,
        Client client,
        CancellationToken cancellationToken
    )
    {
        await ReadCurrentAsync(id, isCurrent, cancellationToken);
        await confirmation.ConfirmAsync(id, currentPassword, client, cancellationToken);
        await users.DeleteAsync(id, isCurrent, id, cancellationToken);
    }

    /// <summary>The audit trail of the account, newest first.</summary>
    public async Task<KeysetPage<AccountEvent>> ReadEventsAsync(Guid id, PageRequest page, CancellationToken cancellationToken) =>
        KeysetPage<AccountEvent>.Of(await events.ReadPageAsync(id, page, cancellationToken), page, entry => entry.Id);

    async Task<User> ReadCurrentAsync(Guid id, Func<long, bool> isCurrent, CancellationToken cancellationToken)
    {
        var user = await users.ReadActiveAsync(id, cancellationToken) ?? throw UserService.NotFound();
        return isCurrent(user.Version) ? user : throw UserService.Stale();
    }
}
