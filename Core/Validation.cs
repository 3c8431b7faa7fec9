namespace FunctionsApp.Core;

/// <summary>Collects what is wrong with a request, field by field, so that the caller learns all of it at once.</summary>
public sealed class Validation
{
    /// <summary>So many fields are listed at most: the answer to a small request must not be a large one.</summary>
    public const int MaxFields = 50;

    readonly Dictionary<string, string[]> errors = [];
    bool more;

    /// <summary>Notes <paramref name="problem"/> against <paramref name="field"/>; null means that the field is fine.</summary>
    public Validation Check(string field, string? problem)
    {
        if (problem is null)
            return this;
        if (errors.TryGetValue(field, out var before))
            errors[field] = [.. before, problem];
        else if (errors.Count < MaxFields)
            errors[field] = [problem];
        else
            more = true;
        return this;
    }

    /// <summary>Throws when anything was noted.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>, with the first <see cref="MaxFields"/> fields.</exception>
    public void ThrowIfInvalid()
    {
        if (errors.Count > 0)
            throw RefusedException.Invalid(errors, more);
    }
}
