namespace FunctionsApp.Core.Ledger;

/// <summary>The result of a query that is executed with the next round trip of its <see cref="LedgerTransaction"/>.</summary>
sealed class PendingResult<T>
{
    (bool IsKnown, T Value) result;

    /// <exception cref="InvalidOperationException">The query has not been executed.</exception>
    public T Value => result.IsKnown ? result.Value : throw new InvalidOperationException("The query has not been executed.");

    internal void Set(T value) => result = (true, value);
}
