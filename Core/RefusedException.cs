namespace FunctionsApp.Core;

/// <summary>Why the core refuses a request. The HTTP side gives each its status code.</summary>
public enum Refusal
{
    /// <summary>The input breaks a rule; <see cref="RefusedException.Errors"/> names the fields.</summary>
    Invalid,

    /// <summary>The caller is not who it says, or no longer may say so.</summary>
    Unauthenticated,

    /// <summary>The caller is known and may not do this.</summary>
    Forbidden,

    /// <summary>No such thing, or not the caller's.</summary>
    NotFound,

    /// <summary>The state of things is in the way: a taken name, something already closed.</summary>
    Conflict,

    /// <summary>The caller's version of the thing is not the current one.</summary>
    Stale,

    /// <summary>The idempotency key was used before, for another request.</summary>
    KeyReused,

    /// <summary>What was sent is of the right form and cannot be used: a code that was not signed here.</summary>
    Unprocessable,

    /// <summary>Too many attempts; <see cref="RefusedException.RetryAfter"/> says when the next may come.</summary>
    TooMany,

    /// <summary>No room for the work now; <see cref="RefusedException.RetryAfter"/> says when to try again.</summary>
    Busy,
}

/// <summary>
/// A request that was understood and is refused by a rule. Nothing was changed. The message is for the caller:
/// it never holds a secret or a piece of SQL.
/// </summary>
public sealed class RefusedException(Refusal refusal, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Why.</summary>
    public Refusal Refusal { get; } = refusal;

    /// <summary>What is wrong, by the name of the field as the caller wrote it (snake_case). Empty where no field is to blame.</summary>
    public IReadOnlyDictionary<string, string[]> Errors { get; init; } = new Dictionary<string, string[]>();

    /// <summary>When to try again, for <see cref="Refusal.TooMany"/> and <see cref="Refusal.Busy"/>.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>One field breaks a rule.</summary>
    public static RefusedException Invalid(string field, string message) =>
        Invalid(new Dictionary<string, string[]> { [field] = [message] });

    /// <summary>Several fields break rules.</summary>
    /// <param name="errors">What is wrong, by field.</param>
    /// <param name="more">Whether there are more fields than these.</param>
    public static RefusedException Invalid(IReadOnlyDictionary<string, string[]> errors, bool more = false) =>
        new(
            Refusal.Invalid,
            more ? $"Many fields are not valid. The first {errors.Count} are listed." : "One or more fields are not valid."
        )
        {
            Errors = errors,
        };

    /// <summary>The value of one field is taken.</summary>
    public static RefusedException Conflict(string field, string message) =>
        new(Refusal.Conflict, message) { Errors = new Dictionary<string, string[]> { [field] = [message] } };
}
