namespace FunctionsApp.Core.Ledger;

/// <summary>
/// Collects what is wrong with a CSV file while it is read, so that its author sees many problems at once. The reader of a file asks
/// <see cref="ThrowIfAny"/> after its last row and before keeping anything of it.
/// </summary>
public sealed class CsvProblems
{
    /// <summary>How many are listed. Reading stops when there are more.</summary>
    public const int Most = 50;

    readonly List<CsvProblem> found = [];

    /// <summary>The first <see cref="Most"/>, as they were found.</summary>
    public IReadOnlyList<CsvProblem> Found => found;

    /// <summary>Whether there were more than are listed.</summary>
    public bool HasMore { get; private set; }

    /// <summary>Rows that were passed over because they are none of the kind that is read. They are no problem.</summary>
    public int Skipped { get; internal set; }

    /// <summary>Notes a problem.</summary>
    public void Add(int line, string? column, string message)
    {
        if (found.Count < Most)
            found.Add(new(line, column, message));
        else
            HasMore = true;
    }

    /// <summary>Throws when anything was found.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>, by line and column (<c>line 12, price</c>), in the file's
    /// order.</exception>
    public void ThrowIfAny()
    {
        if (found.Count == 0)
            return;
        var errors = found
            .OrderBy(problem => problem.Line)
            .GroupBy(
                problem => problem.Column is null ? $"line {problem.Line}" : $"line {problem.Line}, {problem.Column}",
                problem => problem.Message
            )
            .ToDictionary(place => place.Key, place => place.ToArray());
        if (HasMore)
            errors["file"] = [$"Only the first {Most} problems are listed. There are more."];
        throw RefusedException.Invalid(errors);
    }
}
