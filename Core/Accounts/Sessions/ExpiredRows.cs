using FunctionsApp.Core.Background;

namespace FunctionsApp.Core.Accounts;

/// <summary>Removes what has expired, once an hour. Several pods may do it at once.</summary>
public sealed class ExpiredRows(SessionStore sessions, LoginFailureStore failures) : IBackgroundWork
{
    public TimeSpan Interval => TimeSpan.FromHours(1);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        await sessions.RemoveExpiredAsync(cancellationToken);
        await failures.RemoveExpiredAsync(cancellationToken);
    }
}
