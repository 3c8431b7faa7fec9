using System.Data;
using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Ledger;

/// <summary>Reads portfolios, and begins the transactions that read or change one.</summary>
public sealed class PortfolioStore(PostgresDatabase database)
{
    // The longest that one statement of an import may take.
    static readonly TimeSpan importTimeout = TimeSpan.FromMinutes(10);

    /// <summary>Reads the row of a portfolio. $1 user.</summary>
    internal const string Read = """
        select user_id, currency, time_zone, long_term_months, year_starts_in, version, chained_until, prices_version
        from portfolios where user_id = $1
        """;

    // A portfolio's row, the version of the closing prices, and the first day whose close has changed since its growth was calculated.
    // $1 user.
    const string ReadWithPrices = """
        select p.user_id, p.currency, p.time_zone, p.long_term_months, p.year_starts_in, p.version, p.chained_until, p.prices_version,
            (select version from price_versions) as current_prices_version,
            (
                select min(c.date) from instrument_names n join prices c on c.symbol = n.name
                where n.user_id = $1 and c.version > p.prices_version
            ) as prices_changed
        from portfolios p where p.user_id = $1
        """;

    // A portfolio that another request is changing is skipped: this never waits.
    const string WriteGrowth = """
        with free as (
            select user_id from portfolios
            where user_id = @UserId and version = @Version and prices_version = @OldPricesVersion
            for update skip locked
        ), portfolio as (
            update portfolios p set chained_until = 'infinity', prices_version = @PricesVersion
            from free where p.user_id = @UserId and p.user_id = free.user_id
            returning p.user_id
        )
        update external_flows f set value = g.value, growth = g.growth
        from unnest(@Moments::timestamptz[], @Values::numeric[], @Growth::double precision[]) as g (at, value, growth), portfolio p
        where f.user_id = @UserId and f.user_id = p.user_id and f.at = g.at
        """;

    /// <returns>Null before anything was recorded or set.</returns>
    public async Task<Portfolio?> ReadAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<PortfolioRow>(
            new(Read, new Positional().Add(userId), cancellationToken: cancellationToken)
        );
        return row?.Portfolio;
    }

    /// <summary>The settings of a portfolio, or the defaults.</summary>
    public async Task<PortfolioSettings> ReadSettingsAsync(Guid userId, CancellationToken cancellationToken) =>
        (await ReadAsync(userId, cancellationToken))?.Settings ?? PortfolioSettings.Default;

    /// <summary>Whether a portfolio has trades of earlier imports.</summary>
    public async Task<bool> HasImportedTradesAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool>(
            new(TradeCopyStore.Any, new Positional().Add(userId), cancellationToken: cancellationToken)
        );
    }

    /// <summary>Begins a change of a portfolio.</summary>
    public async Task<PortfolioChange> BeginChangeAsync(Guid userId, CancellationToken cancellationToken) =>
        await BeginChangeAsync(await database.OpenAsync(cancellationToken), userId, null, cancellationToken);

    /// <summary>Like <see cref="BeginChangeAsync(Guid, CancellationToken)"/>, for a change that may take minutes.</summary>
    public async Task<PortfolioChange> BeginImportAsync(Guid userId, CancellationToken cancellationToken) =>
        await BeginChangeAsync(await database.OpenForLongWorkAsync(cancellationToken), userId, importTimeout, cancellationToken);

    /// <summary>Begins to read a portfolio, all of it as of one moment of the database.</summary>
    public Task<PortfolioReading> BeginReadingAsync(Guid userId, CancellationToken cancellationToken) =>
        BeginReadingAsync(
            userId,
            async transaction =>
                new(
                    transaction,
                    (await transaction.SingleOrDefaultAsync<PortfolioRow>(Read, new Positional().Add(userId)))?.Portfolio
                        ?? Portfolio.New(userId)
                ),
            cancellationToken
        );

    /// <summary>Like <see cref="BeginReadingAsync(Guid, CancellationToken)"/>, with <see cref="PortfolioReading.Prices"/>.</summary>
    public Task<PortfolioReading> BeginValuationAsync(Guid userId, CancellationToken cancellationToken) =>
        BeginReadingAsync(
            userId,
            async transaction =>
                await transaction.SingleOrDefaultAsync<PricedPortfolioRow>(ReadWithPrices, new Positional().Add(userId)) is { } row
                    ? new(transaction, row.Portfolio, new(row.CurrentPricesVersion, row.PricesChanged))
                    : new(transaction, Portfolio.New(userId)),
            cancellationToken
        );

    async Task<PortfolioReading> BeginReadingAsync(
        Guid userId,
        Func<LedgerTransaction, Task<PortfolioReading>> readAsync,
        CancellationToken cancellationToken
    )
    {
        var transaction = await BeginAsync(
            await database.OpenForReadAsync(cancellationToken),
            IsolationLevel.RepeatableRead,
            userId,
            null,
            cancellationToken
        );
        try
        {
            return await readAsync(transaction);
        }
        catch
        {
            await transaction.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Stores growth that was calculated, unless the portfolio has changed since it was read, another request has stored growth with other
    /// prices, or another request is changing the portfolio.
    /// </summary>
    /// <param name="portfolio">As it was when it was read.</param>
    public async Task WriteGrowthAsync(
        Portfolio portfolio,
        long pricesVersion,
        IReadOnlyList<ExternalFlow> flows,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(
            new(
                WriteGrowth,
                new
                {
                    portfolio.UserId,
                    portfolio.Version,
                    PricesVersion = pricesVersion,
                    OldPricesVersion = portfolio.PricesVersion,
                    Moments = flows.Select(flow => flow.At).ToArray(),
                    Values = flows.Select(flow => flow.Value!.Value).ToArray(),
                    Growth = flows.Select(flow => flow.Growth!.Value).ToArray(),
                },
                cancellationToken: cancellationToken
            )
        );
    }

    static async Task<PortfolioChange> BeginChangeAsync(
        NpgsqlConnection connection,
        Guid userId,
        TimeSpan? timeout,
        CancellationToken cancellationToken
    ) => new(await BeginAsync(connection, IsolationLevel.Unspecified, userId, timeout, cancellationToken));

    // Owns the connection from here on.
    static async Task<LedgerTransaction> BeginAsync(
        NpgsqlConnection connection,
        IsolationLevel isolation,
        Guid userId,
        TimeSpan? timeout,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var transaction = await connection.BeginTransactionAsync(isolation, cancellationToken);
            return new(connection, transaction, userId, timeout, cancellationToken);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    sealed record PricedPortfolioRow : PortfolioRow
    {
        public long CurrentPricesVersion { get; init; }

        public DateOnly? PricesChanged { get; init; }
    }
}
