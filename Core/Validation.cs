namespace Core;

/// <summary>Collects what is wrong with a request, field by field, so that the caller learns all of it at once.</summary>
public sealed class Validation
{
    readonly Dictionary<string, string[]> errors = [];

    /// <summary>Notes <paramref name="problem"/> against <paramref name="field"/>; null means that the field is fine.</summary>
    public Validation Check(string field, string? problem)
    {
        if (problem is not null) errors[field] = errors.TryGetValue(field, out var before) ? [.. before, problem] : [problem];
        return this;
    }

    /// <summary>Throws when anything was noted.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>, with all fields.</exception>
    public void ThrowIfInvalid()
    {
        if (errors.Count > 0) throw RefusedException.Invalid(errors);
    }
}
