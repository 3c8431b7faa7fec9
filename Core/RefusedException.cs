namespace FunctionsApp.Core;

/// <summary>
/// A request was understood but refused by a rule. Nothing was changed. The message is meant for the caller and never contains
/// secrets or SQL.
/// </summary>
public sealed class RefusedException(Refusal refusal, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>The reason.</summary>
    public Refusal Refusal { get; } = refusal;

    /// <summary>The problems by field name, as in the request (snake_case). Empty if they are not related to a field.</summary>
    public IReadOnlyDictionary<string, string[]> Errors { get; init; } = new Dictionary<string, string[]>();

    /// <summary>The time to wait before a retry, for <see cref="Refusal.TooMany"/> and <see cref="Refusal.Busy"/>.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>One field is invalid.</summary>
    public static RefusedException Invalid(string field, string message) =>
        Invalid(new Dictionary<string, string[]> { [field] = [message] });

    /// <summary>Several fields are invalid.</summary>
    /// <param name="errors">The problems by field.</param>
    /// <param name="more">Whether there are more invalid fields than these.</param>
    public static RefusedException Invalid(IReadOnlyDictionary<string, string[]> errors, bool more = false) =>
        new(
            Refusal.Invalid,
            more ? $"Many fields are not valid. The first {errors.Count} are listed." : "One or more fields are not valid."
        )
        {
            Errors = errors,
        };

    /// <summary>The value of a field is already taken.</summary>
    public static RefusedException Conflict(string field, string message) =>
        new(Refusal.Conflict, message) { Errors = new Dictionary<string, string[]> { [field] = [message] } };
}
