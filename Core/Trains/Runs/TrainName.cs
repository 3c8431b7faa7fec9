namespace FunctionsApp.Core.Trains;

/// <summary>Names that users write: of stations, trains, coaches, classes and passengers.</summary>
public static class TrainName
{
    public const int MaxLength = 100;

    /// <summary>
    /// What is wrong with a name: it must have 1 to <see cref="MaxLength"/> characters and no control characters. Null when
    /// nothing is.
    /// </summary>
    public static string? Problem(string? name) =>
        string.IsNullOrWhiteSpace(name) ? "Is required."
        : name.Trim().Length > MaxLength ? $"Must have at most {MaxLength} characters."
        : name.Any(char.IsControl) ? "May not hold control characters."
        : !TextRules.IsWellFormed(name) ? "Holds a character that is not valid Unicode text."
        : null;

    /// <summary>
    /// As names are compared: without regard to case, to spaces around and to how Unicode composes a letter (UAX #15,
    /// NFKC).
    /// </summary>
    /// <param name="name">One without a <see cref="Problem"/>.</param>
    public static string Key(string name) => UnicodeNormalization.ComposeCompatible(name.Trim()).ToUpperInvariant();
}
