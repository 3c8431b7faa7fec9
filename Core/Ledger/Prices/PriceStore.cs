using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Ledger;

/// <summary>Writes closing prices.</summary>
public sealed class PriceStore(PostgresDatabase database)
{
    const string CreateTable = "create temporary table staged_prices (line integer, symbol text, date date, close numeric) on commit drop";

    // The last price of a symbol and day counts. The rows that changed are counted by the statement: Citus reports those it selected.
    const string Upsert = """
        with changed as (
            insert into prices (symbol, date, close, version)
            select distinct on (symbol, date) symbol, date, close, @version from staged_prices order by symbol, date, line desc
            on conflict (symbol, date) do update set close = excluded.close, version = excluded.version
                where prices.close <> excluded.close
            returning 1
        )
        select count(*) from changed
        """;

    // The blocks of all closes that were written with a version of the prices: 128 days from 1900-01-01 on, and in each block for each
    // close its day and its millionths. PriceBlock reads them.
    const string UpsertBlocks = """
        insert into price_blocks (symbol, block, closes)
        select changed.symbol, changed.block, one.closes
        from (select distinct symbol from staged_prices) s
        cross join lateral (
            select distinct symbol, (date - date '1900-01-01') / 128 as block from prices where symbol = s.symbol and version = @version
        ) changed
        cross join lateral (
            select string_agg(
                int2send(((date - date '1900-01-01') % 128)::smallint) || int8send((close * 1000000)::bigint), ''::bytea order by date
            ) as closes
            from prices
            where symbol = changed.symbol and date >= date '1900-01-01' + changed.block * 128
                and date < date '1900-01-01' + (changed.block + 1) * 128
        ) one
        on conflict (symbol, block) do update set closes = excluded.closes
        """;

    static readonly ColumnTable<(int Line, ClosingPrice Price)> columns = new ColumnTable<(int Line, ClosingPrice Price)>()
        .Add(row => row.Line)
        .Add(row => row.Price.Symbol)
        .Add(row => row.Price.Date)
        .Add(row => row.Price.Close);

    /// <summary>Writes closing prices, all or none. Of several prices of a symbol for one day the last one counts.</summary>
    /// <param name="timeout">How long one statement may take.</param>
    /// <returns>The number of prices, and of those that changed anything.</returns>
    public async Task<(int Read, int Changed)> WriteAsync(
        IAsyncEnumerable<ClosingPrice> prices,
        TimeSpan timeout,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenForLongWorkAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var read = await StageAsync(connection, prices, timeout, cancellationToken);
        // Holds the lock of the versions until the commit.
        var version = await connection.ExecuteScalarAsync<long>(
            new("update price_versions set version = version + 1 returning version", cancellationToken: cancellationToken)
        );
        var changed = await connection.ExecuteScalarAsync<int>(Command(Upsert));
        if (changed > 0)
            await connection.ExecuteAsync(Command(UpsertBlocks));
        await transaction.CommitAsync(cancellationToken);
        return (read, changed);

        CommandDefinition Command(string statement) =>
            new(statement, new { version }, commandTimeout: (int)timeout.TotalSeconds, cancellationToken: cancellationToken);
    }

    static async Task<int> StageAsync(
        NpgsqlConnection connection,
        IAsyncEnumerable<ClosingPrice> prices,
        TimeSpan timeout,
        CancellationToken cancellationToken
    )
    {
        var read = 0;
        await connection.ExecuteAsync(new(CreateTable, cancellationToken: cancellationToken));
        await using var copy = await connection.BeginBinaryImportAsync(
            $"copy staged_prices ({columns.Names}) from stdin (format binary)",
            cancellationToken
        );
        copy.Timeout = timeout;
        await foreach (var price in prices.WithCancellation(cancellationToken))
        {
            await copy.StartRowAsync(cancellationToken);
            await columns.WriteAsync(copy, (++read, price), cancellationToken);
        }

        await copy.CompleteAsync(cancellationToken);
        return read;
    }
}
