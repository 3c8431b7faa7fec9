namespace FunctionsApp.Core;

/// <summary>One page of a list.</summary>
/// <param name="Items">At most as many as were asked for.</param>
/// <param name="NextCursor">What to ask the next page with; null on the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor)
{
    /// <summary>Cuts a page from <paramref name="rows"/>, which were read with one row more than was asked for.</summary>
    public static Page<T> Of(IReadOnlyList<T> rows, PageRequest request, Func<T, Guid> key) =>
        rows.Count <= request.Limit
            ? new(rows, null)
            : new([.. rows.Take(request.Limit)], request.Cursors.Write(request.List, key(rows[request.Limit - 1])));
}

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
