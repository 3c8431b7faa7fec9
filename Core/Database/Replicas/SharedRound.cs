namespace FunctionsApp.Core.Database;

/// <summary>
/// Lets concurrent callers share the answer to one question. A caller receives an answer that was asked for after its call, so it never
/// receives one that is older than the call. At most one question is on its way, plus one that waits for it.
/// </summary>
sealed class SharedRound<T>(Func<Task<T>> ask)
{
    readonly Lock gate = new();
    Task<T>? current,
        next;

    /// <summary>The answer of a question that is asked after this call.</summary>
    public Task<T> AskAsync()
    {
        lock (gate)
        {
            // Also if the current question has ended in the meantime, or there would be two on their way, and the older answer could
            // be the last to arrive.
            if (next is not null)
                return next;
            if (current is { IsCompleted: false })
                return next = AskAfterAsync(current);
            return current = ask();
        }
    }

    async Task<T> AskAfterAsync(Task<T> running)
    {
        // Never at once, even if that question has ended meanwhile: the caller would store this one as the next although it is asked
        // already, and later callers would get its answer.
        await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        Task<T> asked;
        lock (gate)
        {
            next = null;
            current = asked = ask();
        }

        return await asked;
    }
}
