namespace FunctionsApp.Core.Trains;

/// <summary>Names that users write: of stations, trains, coaches, classes and passengers.</summary>
public static class TrainName
{
    public const int MaxLength = 100;

    /// <summary>
    /// The problem with a name, or null: it must have 1 to <see cref="MaxLength"/> characters and no control characters.
    /// </summary>
    public static string? Problem(string? name) =>
        string.IsNullOrWhiteSpace(name) ? "Is required."
        : name.Trim().Length > MaxLength ? $"Must have at most {MaxLength} characters."
        : name.Any(char.IsControl) ? "Must not contain control characters."
        : !TextRules.IsWellFormed(name) ? "Contains a character that is not valid Unicode text."
        : null;

    /// <summary>
    /// The form in which names are compared: without regard to case, surrounding spaces and Unicode composition (UAX #15,
    /// NFKC).
    /// </summary>
    /// <param name="name">One without a <see cref="Problem"/>.</param>
    public static string Key(string name) => UnicodeNormalization.ComposeCompatible(name.Trim()).ToUpperInvariant();
}
