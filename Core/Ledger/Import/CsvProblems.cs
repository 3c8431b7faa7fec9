namespace FunctionsApp.Core.Ledger;

/// <summary>
/// Collects the problems of a CSV file while it is read, so that its author sees many of them at once. The reader of a file calls
/// <see cref="ThrowIfAny"/> after the last row, before anything of the file is committed.
/// </summary>
public sealed class CsvProblems
{
    /// <summary>The maximum number of problems that are listed. Reading stops when there are more.</summary>
    public const int Most = 50;

    readonly List<CsvProblem> found = [];

    /// <summary>The first <see cref="Most"/>, in the order in which they were found.</summary>
    public IReadOnlyList<CsvProblem> Found => found;

    /// <summary>Whether there were more than are listed.</summary>
    public bool HasMore { get; private set; }

    /// <summary>The number of rows that were skipped because they are of a kind that is not read. They are not problems.</summary>
    public int Skipped { get; internal set; }

    /// <summary>Adds a problem.</summary>
    public void Add(int line, string? column, string message)
    {
        if (found.Count < Most)
            found.Add(new(line, column, message));
        else
            HasMore = true;
    }

    /// <summary>Throws if there are problems.</summary>
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
