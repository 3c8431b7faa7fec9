namespace FunctionsApp.Core.Accounts;

/// <summary>Removes what has expired, now and then. Several pods may do it at once.</summary>
public sealed class ExpiredRows(AccountStore store) : IBackgroundWork
{
    public TimeSpan Interval => TimeSpan.FromHours(1);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task RunOnceAsync(CancellationToken cancellationToken) => store.RemoveExpiredAsync(cancellationToken);
}
