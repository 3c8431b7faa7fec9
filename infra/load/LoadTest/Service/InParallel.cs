namespace FunctionsApp.LoadTest.Service;

/// <summary>Creates many things concurrently.</summary>
static class InParallel
{
    const int AtOnce = 8;

    /// <summary>Creates <paramref name="count"/> things with the numbers 0, 1, 2 …, and returns them in this order.</summary>
    public static async Task<IReadOnlyList<T>> CreateAsync<T>(
        int count,
        Func<int, CancellationToken, ValueTask<T>> create,
        CancellationToken cancellationToken
    )
    {
        var all = new T[count];
        await Parallel.ForAsync(
            0,
            count,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (i, stop) => all[i] = await create(i, stop)
        );
        return all;
    }
}
