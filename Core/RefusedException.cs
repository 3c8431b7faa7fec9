namespace FunctionsApp.Core;

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
