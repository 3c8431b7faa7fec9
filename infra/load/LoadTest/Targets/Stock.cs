namespace FunctionsApp.LoadTest.Targets;

/// <summary>Things that are used once each and created in batches, for one consumer.</summary>
/// <param name="create">Creates as many as it is asked for.</param>
/// <param name="batch">How many to create when there are none left.</param>
sealed class Stock<T>(Func<int, CancellationToken, Task<IReadOnlyList<T>>> create, int batch)
{
    readonly Queue<T> queue = [];

    /// <summary>Takes the oldest, and creates a batch first if there is none.</summary>
    public async ValueTask<T> TakeAsync(CancellationToken cancellationToken)
    {
        if (queue.Count == 0)
            await EnsureAsync(batch, cancellationToken);
        return queue.Dequeue();
    }

    /// <summary>Creates what is missing until there are <paramref name="count"/>.</summary>
    public async Task EnsureAsync(int count, CancellationToken cancellationToken)
    {
        if (count <= queue.Count)
            return;
        foreach (var one in await create(count - queue.Count, cancellationToken))
            queue.Enqueue(one);
    }

    /// <summary>Adds one that was obtained in another way.</summary>
    public void Add(T one) => queue.Enqueue(one);
}
