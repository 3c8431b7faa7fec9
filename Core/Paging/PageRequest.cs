namespace FunctionsApp.Core;

/// <summary>The requested part of a list: keyset pagination, newest first.</summary>
/// <param name="Cursors">Signs the cursor of the next page.</param>
/// <param name="List">The list's name: a cursor is valid for one list only.</param>
/// <param name="Limit">1 to 100 items.</param>
/// <param name="Before">Return only items older than this one; null for the first page. Ids are UUIDv7, so they sort by creation.</param>
public sealed record PageRequest(Cursors Cursors, string List, int Limit, Guid? Before)
{
    public const int DefaultLimit = 20;
    public const int MaxLimit = 100;

    /// <summary>Reads the query parameters <c>limit</c> and <c>cursor</c>.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>: the limit is not within 1 to 100, or the cursor is not from this
    /// list.</exception>
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
    internal const string CursorRule = "Is not a valid cursor for this list. Start again without a cursor.";

    /// <summary>The problem of a limit; null if it is valid.</summary>
    internal static string? LimitProblem(int? limit) => limit is < 1 or > MaxLimit ? $"Must be between 1 and {MaxLimit}." : null;
}
