namespace FunctionsApp.Core.Accounts;

/// <summary>The module's own personal data of a deleted user: sessions, audit trail, failed logins.</summary>
public sealed class AccountData(ErasureStore store) : IPersonalData
{
    public Task EraseAsync(Guid userId, CancellationToken cancellationToken) => store.EraseAccountDataAsync(userId, cancellationToken);
}
