using System.Data.Common;
using Dapper;

namespace FunctionsApp.Core.Ledger;

/// <summary>The result of a query that is executed with the next round trip of its <see cref="LedgerTransaction"/>.</summary>
abstract class PendingResult
{
    /// <summary>Reads the rows of the query, at which the reader is.</summary>
    internal abstract Task ReadAsync(DbDataReader reader, CancellationToken cancellationToken);
}

/// <inheritdoc/>
/// <typeparam name="T">The result.</typeparam>
abstract class PendingResult<T> : PendingResult
{
    /// <exception cref="InvalidOperationException">The query has not been executed.</exception>
    public abstract T Value { get; }
}

/// <inheritdoc/>
/// <typeparam name="TRow">A row of the query.</typeparam>
/// <typeparam name="T">The result.</typeparam>
/// <param name="resultOf">Makes the result from the rows.</param>
sealed class PendingRows<TRow, T>(Func<List<TRow>, T> resultOf) : PendingResult<T>
{
    (bool IsRead, T Value) result;

    public override T Value => result.IsRead ? result.Value : throw new InvalidOperationException("The query has not been executed.");

    internal override async Task ReadAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        var parse = reader.GetRowParser<TRow>();
        List<TRow> rows = [];
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(parse(reader));
        result = (true, resultOf(rows));
    }
}
