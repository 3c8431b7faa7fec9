using FunctionsApp.Core;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// A date in the query, in the form of ISO 8601 only, such as 2030-01-15. The framework's own parser also accepts other forms and guesses
/// which number is the month.
/// </summary>
public readonly record struct QueryDate(DateOnly Value)
{
    public static implicit operator DateOnly(QueryDate date) => date.Value;

    /// <summary>Called by parameter binding.</summary>
    public static bool TryParse(string? text, out QueryDate date)
    {
        var isDate = Moment.TryParseDate(text, out var value);
        date = new(value);
        return isDate;
    }
}
