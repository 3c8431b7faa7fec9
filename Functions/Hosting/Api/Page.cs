namespace FunctionsApp.Functions.Hosting;

/// <summary>One page of a list.</summary>
/// <param name="Items">At most as many as requested.</param>
/// <param name="NextCursor">The cursor of the next page; null on the last page.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor)
{
    /// <summary>A page of the core, with its items as the API shows them.</summary>
    public static Page<T> From<TItem>(Core.KeysetPage<TItem> page, Func<TItem, T> shown) =>
        new([.. page.Items.Select(shown)], page.NextCursor);
}
