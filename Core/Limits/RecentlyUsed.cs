using System.Collections.Concurrent;

namespace FunctionsApp.Core;

/// <summary>
/// A cache of recently used values with two generations: a value that was not used during the last <paramref name="capacity"/> additions
/// is dropped, so the cache never holds more than twice as many.
/// </summary>
sealed class RecentlyUsed<TKey, TValue>(int capacity)
    where TKey : notnull
    where TValue : class
{
    ConcurrentDictionary<TKey, TValue> young = new(),
        old = new();
    int added;

    public TValue? Find(TKey key)
    {
        if (young.TryGetValue(key, out var value))
            return value;
        if (!old.TryGetValue(key, out value))
            return null;
        Add(key, value);
        return value;
    }

    /// <summary>Finds a value by another form of its key, such as a part of a text.</summary>
    public TValue? Find<TAlternate>(TAlternate key)
        where TAlternate : notnull, allows ref struct
    {
        if (young.GetAlternateLookup<TAlternate>().TryGetValue(key, out var value))
            return value;
        if (!old.GetAlternateLookup<TAlternate>().TryGetValue(key, out var original, out value))
            return null;
        Add(original, value);
        return value;
    }

    public void Add(TKey key, TValue value)
    {
        if (!young.TryAdd(key, value) || Interlocked.Increment(ref added) < capacity)
            return;
        Interlocked.Exchange(ref added, 0);
        old = Interlocked.Exchange(ref young, new());
    }
}
