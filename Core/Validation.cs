namespace FunctionsApp.Core;

/// <summary>Collects the problems of a request by field, so that all of them are reported at once.</summary>
public sealed class Validation
{
    /// <summary>The maximum number of fields to list: a small request must not cause a large response.</summary>
    public const int MaxFields = 50;

    readonly Dictionary<string, string[]> errors = [];
    bool more;

    /// <summary>Adds <paramref name="problem"/> to <paramref name="field"/>; null means that the field is valid.</summary>
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

    /// <summary>Throws if there is any problem.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>, with the first <see cref="MaxFields"/> fields.</exception>
    public void ThrowIfInvalid()
    {
        if (errors.Count > 0)
            throw RefusedException.Invalid(errors, more);
    }
}
