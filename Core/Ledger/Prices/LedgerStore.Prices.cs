using Dapper;
using FunctionsApp.Core.Database;
using NpgsqlTypes;

namespace FunctionsApp.Core.Ledger;

/// <summary>Closing prices.</summary>
public sealed partial class LedgerStore
{
    /// <summary>
    /// Writes the blocks of which closes were written with a version of the prices. Parameters: $1 the version. The closes are those of
    /// symbols in
    /// <c>staged_prices</c>.
    /// </summary>
    const string WriteBlocks = """
        insert into price_blocks (symbol, block, closes)
        select changed.symbol, changed.block, one.closes
        from (select distinct symbol from staged_prices) s
        cross join lateral (
            select distinct symbol, (date - date '1900-01-01') / 128 as block from prices where symbol = s.symbol and version = $1
        ) changed
        cross join lateral (
            select string_agg(int2send(((date - date '1900-01-01') % 128)::smallint) || int8send((close * 1000000)::bigint),
                ''::bytea order by date) as closes
            from prices
            where symbol = changed.symbol and date >= date '1900-01-01' + changed.block * 128
                and date < date '1900-01-01' + (changed.block + 1) * 128
        ) one
        on conflict (symbol, block) do update set closes = excluded.closes
        """;

    /// <summary>Takes closing prices, all or none. Of a symbol's prices for one day the last one counts.</summary>
    /// <returns>How many there were, and how many of them changed anything.</returns>
    public async Task<(int Read, int Changed)> WritePricesAsync(
        IAsyncEnumerable<ClosingPrice> prices,
        TimeSpan timeout,
        CancellationToken cancellationToken
    ) =>
        await database.InLongTransactionAsync(
            async (connection, _) =>
            {
                var read = 0;
                await connection.ExecuteAsync(
                    new(
                        "create temporary table staged_prices (line integer, symbol text, date date, close numeric) on commit drop",
                        cancellationToken: cancellationToken
                    )
                );
                await using (
                    var copy = await connection.BeginBinaryImportAsync("copy staged_prices from stdin (format binary)", cancellationToken)
                )
                {
                    copy.Timeout = timeout;
                    await foreach (var price in prices.WithCancellation(cancellationToken))
                    {
                        await copy.StartRowAsync(cancellationToken);
                        await copy.WriteAsync(++read, NpgsqlDbType.Integer, cancellationToken);
                        await copy.WriteAsync(price.Symbol, NpgsqlDbType.Text, cancellationToken);
                        await copy.WriteAsync(price.Date, NpgsqlDbType.Date, cancellationToken);
                        await copy.WriteAsync(price.Close, NpgsqlDbType.Numeric, cancellationToken);
                    }

                    await copy.CompleteAsync(cancellationToken);
                }

                var version = await connection.ExecuteScalarAsync<long>(
                    new("update price_versions set version = version + 1 returning version", cancellationToken: cancellationToken)
                );
                var changed = await connection.ExecuteAsync(
                    new(
                        """
                        insert into prices (symbol, date, close, version)
                        select distinct on (symbol, date) symbol, date, close, @version from staged_prices order by symbol, date, line desc
                        on conflict (symbol, date) do update set close = excluded.close, version = excluded.version
                            where prices.close <> excluded.close
                        """,
                        new { version },
                        commandTimeout: (int)timeout.TotalSeconds,
                        cancellationToken: cancellationToken
                    )
                );
                if (changed > 0)
                    await connection.ExecuteAsync(
                        new(
                            WriteBlocks,
                            new Positional().Add(version),
                            commandTimeout: (int)timeout.TotalSeconds,
                            cancellationToken: cancellationToken
                        )
                    );
                return (read, changed);
            },
            cancellationToken
        );
}
