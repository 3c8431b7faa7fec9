namespace FunctionsApp.Core;

/// <summary>What part of a list is asked for: keyset, newest first.</summary>
/// <param name="Cursors">Signs the cursor of the next page.</param>
/// <param name="List">The list's name: a cursor of one list is not a cursor of another.</param>
/// <param name="Limit">1 to 100 items.</param>
/// <param name="Before">Only items older than this one; null for the first page. Ids are UUIDv7 and so in the order of creation.</param>
public sealed record PageRequest(Cursors Cursors, string List, int Limit, Guid? Before)
{
    public const int DefaultLimit = 20;
    public const int MaxLimit = 100;

    /// <summary>Reads the query parameters <c>limit</c> and <c>cursor</c>.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/> for a limit outside 1 to 100 or a cursor that this list did not
    /// give.</exception>
    public static PageRequest Parse(Cursors cursors, string list, int? limit, string? cursor)
    {
        Guid before = default;
        new Validation()
            .Check("limit", LimitProblem(limit))
            .Check("cursor", cursor is not null && !cursors.TryRead(list, cursor, out before) ? CursorRule : null)
            .ThrowIfInvalid();
        return new(cursors, list, limit ?? DefaultLimit, cursor is null ? null : before);
    }

    /// <summary>The error for an invalid cursor.</summary>
    internal const string CursorRule = "Is not a cursor of this list. Start again without one.";

    /// <summary>What is wrong with a limit; null when nothing is.</summary>
    internal static string? LimitProblem(int? limit) => limit is < 1 or > MaxLimit ? $"Must be between 1 and {MaxLimit}." : null;
}
