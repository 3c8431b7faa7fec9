namespace FunctionsApp.Core;

/// <summary>One page of a list.</summary>
/// <param name="Items">At most as many as requested.</param>
/// <param name="NextCursor">The cursor of the next page; null on the last page.</param>
public sealed record KeysetPage<T>(IReadOnlyList<T> Items, string? NextCursor)
{
    /// <summary>Cuts a page from <paramref name="rows"/>, which were read with one row more than was asked for.</summary>
    public static KeysetPage<T> Of(IReadOnlyList<T> rows, PageRequest request, Func<T, Guid> key) =>
        rows.Count <= request.Limit
            ? new(rows, null)
            : new([.. rows.Take(request.Limit)], request.Cursors.Write(request.List, key(rows[request.Limit - 1])));
}
