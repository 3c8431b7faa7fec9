namespace FunctionsApp.Core.Accounts;

/// <summary>Makes passwords hard to guess: after too many failures a sign-in has to wait.</summary>
public sealed class LoginThrottle(LoginFailureStore store)
{
    /// <summary>Checks that an attempt need not wait.</summary>
    /// <returns>The subjects of the guard that have failures.</returns>
    /// <exception cref="RefusedException"><see cref="Refusal.TooMany"/>, with the time to wait.</exception>
    internal async Task<IReadOnlyList<string>> CheckAsync(LoginGuard guard, CancellationToken cancellationToken)
    {
        return Check(guard, await store.ReadAsync([.. guard.Subjects.Select(one => one.Subject)], cancellationToken));
    }

    /// <summary>Checks that an attempt need not wait, with levels that were read before.</summary>
    /// <inheritdoc cref="CheckAsync"/>
    internal static IReadOnlyList<string> Check(LoginGuard guard, IReadOnlyList<LoginFailureStore.FailureLevel> levels)
    {
        levels = [.. levels.Where(level => guard.Subjects.Any(one => one.Subject == level.Subject))];
        var wait = levels.Select(level => guard.BucketOf(level.Subject).WaitAfter(level.Level, level.Age)).DefaultIfEmpty().Max();
        return wait == TimeSpan.Zero
            ? [.. levels.Select(level => level.Subject)]
            : throw new RefusedException(Refusal.TooMany, "Too many failed sign-ins. Try again later.") { RetryAfter = wait };
    }

    /// <summary>Counts a failed attempt.</summary>
    internal Task AddFailureAsync(LoginGuard guard, CancellationToken cancellationToken) =>
        Task.WhenAll(guard.Subjects.Select(one => store.AddAsync(one.Subject, one.Bucket, cancellationToken)));

    /// <summary>Clears the failures of a subject, after a successful login or a new password.</summary>
    internal Task ForgetAsync(string subject, CancellationToken cancellationToken) => store.ForgetAsync(subject, cancellationToken);
}
