using FunctionsApp.Core.Background;
using Microsoft.Extensions.Logging;

namespace FunctionsApp.Core.Accounts;

/// <summary>
/// Erases the data of deleted accounts in all modules. The transaction that deletes a user records a pending erasure. It is run at once, by
/// the request that deleted the account, and again by any server after <see cref="Settling"/>, when every request of the user that was
/// in progress has ended: the second run erases what such a request wrote in the meantime. A run that fails, or a server that crashes,
/// leaves the erasure pending. Several servers share the work: each erasure is leased to one of them at a time.
/// </summary>
public sealed class Erasures(ErasureStore store, IEnumerable<IPersonalData> modules, ILogger<Erasures> logger) : IBackgroundWork
{
    /// <summary>
    /// After the deletion, and between two attempts. Longer than it takes a server to learn that a session has ended and, after that, any
    /// request to be handled: the time in which its body arrives does not count, because the token is checked again at its end. Work that
    /// takes longer, such as an import, must check in its transaction that the user exists: <see cref="ExistingUsersStore"/>.
    /// </summary>
    public static readonly TimeSpan Settling = TimeSpan.FromMinutes(1);

    // The request that deletes an account waits no longer than this; the rest is done in the background.
    static readonly TimeSpan FirstRun = TimeSpan.FromSeconds(10);

    const int Batch = 20;

    public TimeSpan Interval => TimeSpan.FromSeconds(20);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Finishes the erasures that are due.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        foreach (var userId in await store.ReadDueAsync(Batch, cancellationToken))
        {
            if (await store.ClaimAsync(userId, Settling, cancellationToken) && await EraseAsync(userId, cancellationToken))
                await store.CompleteAsync(userId, cancellationToken);
        }
    }

    /// <summary>The first run, once the deletion is committed. It never fails: what could not be erased is erased later.</summary>
    public async Task EraseNowAsync(Guid userId)
    {
        // Not the request's own token: the client may disconnect.
        using var limit = new CancellationTokenSource(FirstRun);
        await EraseAsync(userId, limit.Token);
    }

    async Task<bool> EraseAsync(Guid userId, CancellationToken cancellationToken)
    {
        var complete = true;
        foreach (var module in modules)
        {
            try
            {
                await module.EraseAsync(userId, cancellationToken);
            }
            catch (Exception e)
            {
                complete = false;
                logger.LogWarning(
                    e,
                    "Could not erase the data of the deleted user {UserId} in {Module}; it will be tried again",
                    userId,
                    module.GetType().Name
                );
            }
        }

        return complete;
    }
}
