using System.Data;
using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Ledger;

/// <summary>The SQL that changes one portfolio, in a transaction that holds its lock. <see cref="LedgerStore"/> opens it.</summary>
public sealed partial class PortfolioStore
{
    /// <summary>The most instruments of one portfolio: what a portfolio is worth is computed from each of them.</summary>
    public const int MaxInstruments = 10_000;

    const string SplitTwice = "ledger_entries_split";

    readonly NpgsqlConnection connection;
    readonly TimeSpan timeout;
    readonly CancellationToken cancellationToken;

    /// <summary>Instruments that have got names.</summary>
    string[] named = [];

    internal PortfolioStore(NpgsqlConnection connection, Portfolio portfolio, TimeSpan timeout, CancellationToken cancellationToken)
    {
        (this.connection, this.timeout, this.cancellationToken) = (connection, timeout, cancellationToken);
        Portfolio = portfolio;
    }

    public Portfolio Portfolio { get; }

    Guid UserId => Portfolio.UserId;

    /// <summary>Whether nothing has been recorded.</summary>
    public async Task<bool> IsEmptyAsync() =>
        !await connection.ExecuteScalarAsync<bool>(
            Command("select exists (select 1 from ledger_entries where user_id = $1)", new Positional().Add(UserId))
        );

    public Task WriteSettingsAsync(PortfolioSettings settings) =>
        connection.ExecuteAsync(
            Command(
                "update portfolios set currency = $2, time_zone = $3, long_term_months = $4, year_starts_in = $5, version = version + "
                    + "1 where user_id = $1",
                new Positional()
                    .Add(UserId)
                    .Add(settings.Currency)
                    .Add(settings.TimeZone)
                    .Add((short)settings.LongTermMonths)
                    .Add((short)settings.YearStartsIn)
            )
        );

    /// <summary>What a request with this key was, and what it was answered; null for a new key.</summary>
    public async Task<(byte[] Request, string Answer)?> ReadKeyAsync(string key)
    {
        var row = await connection.QuerySingleOrDefaultAsync<KeyRow>(
            Command("select request, answer from ledger_keys where user_id = $1 and key = $2", new Positional().Add(UserId).Add(key))
        );
        return row is null ? null : (row.Request, row.Answer);
    }

    public Task AddKeyAsync(string key, byte[] request, string answer) =>
        connection.ExecuteAsync(
            Command(
                "insert into ledger_keys (user_id, key, request, answer) values ($1, $2, $3, $4)",
                new Positional().Add(UserId).Add(key).Add(request).Add(answer)
            )
        );

    /// <summary>The instruments of these symbols and ISINs; a name that is missing is not used yet.</summary>
    public async Task<Dictionary<string, string>> ReadNamesAsync(string[] names) =>
        (
            await connection.QueryAsync<(string Name, string Instrument)>(
                Command(
                    "select name, instrument from instrument_names where user_id = $1 and name = any($2)",
                    new Positional().Add(UserId).Add(names)
                )
            )
        ).ToDictionary(row => row.Name, row => row.Instrument);

    /// <summary>
    /// Notes names, and by which symbol and ISIN instruments are now known. What is held has the closing prices of its new names
    /// too, also of before now.
    /// </summary>
    public async Task WriteInstrumentsAsync(IReadOnlyCollection<InstrumentName> names)
    {
        if (names.Count == 0)
            return;
        await CheckRoomAsync([.. names.Select(one => one.Instrument).Distinct()]);
        named = [.. named, .. names.Select(one => one.Instrument)];
        await connection.ExecuteAsync(
            Command(
                """
                with named as (
                    insert into instrument_names (user_id, name, instrument)
                    select $1, name, instrument from unnest($2, $3, $4) as n (instrument, symbol, isin), unnest(array[symbol,
                        isin]) as name where name is not null
                    on conflict do nothing
                    returning name, instrument
                ), priced as (
                    select min(p.date) as first from named n join prices p on p.symbol = n.name
                    where exists (select from position_versions v where v.user_id = $1 and v.instrument = n.instrument)
                ), portfolio as (
                    update portfolios set version = version + 1, chained_until = least(chained_until,
                        first::timestamp at time zone 'UTC') from priced where user_id = $1 and first is not null
                )
                insert into instruments (user_id, instrument, symbol, isin) select distinct on (instrument) $1, instrument, symbol,
                    isin from unnest($2, $3, $4) with ordinality as n (instrument, symbol, isin, i)
                order by instrument, i desc
                on conflict (user_id, instrument) do update set symbol = excluded.symbol, isin = coalesce(excluded.isin, instruments.isin)
                """,
                new Positional()
                    .Add(UserId)
                    .Add(names.Select(one => one.Instrument).ToArray())
                    .Add(names.Select(one => one.Symbol).ToArray())
                    .Add(names.Select(one => one.Isin).ToArray())
            )
        );
    }

    async Task CheckRoomAsync(string[] instruments)
    {
        var count = await connection.ExecuteScalarAsync<int>(
            Command(
                """
                select (select count(*) from instruments where user_id = $1)
                     + (select count(*) from unnest($2) as n (instrument) where not exists (select from instruments i
                         where i.user_id = $1 and i.instrument = n.instrument))
                """,
                new Positional().Add(UserId).Add(instruments)
            )
        );
        // The cash account is one of them.
        if (count > MaxInstruments + 1)
            throw RefusedException.Conflict("symbol", $"A portfolio can have at most {MaxInstruments} instruments.");
    }

    /// <returns>False: there is a split of this instrument at this moment.</returns>
    public async Task<bool> AddEntryAsync(LedgerEntry entry, string instrument)
    {
        try
        {
            await connection.ExecuteAsync(
                Command(
                    """
                    insert into ledger_entries (user_id, id, at, kind, instrument, symbol, isin, quantity, price, amount, charges,
                        ratio, per, note, cash, created_at)
                    values ($1, $2, $3, $4, $5, $6::text, $7::text, $8::numeric, $9::numeric, $10::numeric, $11::numeric,
                        $12::numeric, $13::numeric, $14::text, $15, $16)
                    """,
                    new Positional()
                        .Add(UserId)
                        .Add(entry.Id)
                        .Add(entry.At)
                        .Add((short)entry.Type)
                        .Add(instrument)
                        .Add(entry.Symbol)
                        .Add(entry.Isin)
                        .Add(entry.Quantity)
                        .Add(entry.Price)
                        .Add(entry.Amount)
                        .Add(entry.Charges)
                        .Add(entry.Ratio)
                        .Add(entry.Per)
                        .Add(entry.Note)
                        .Add(entry.Cash)
                        .Add(entry.CreatedAt)
                )
            );
            return true;
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: SplitTwice })
        {
            return false;
        }
    }

    /// <summary>Takes an entry out.</summary>
    /// <returns>It, and its instrument; null when there is none.</returns>
    public async Task<(LedgerEntry Entry, string Instrument)?> RemoveEntryAsync(Guid id)
    {
        var removed = await connection.QuerySingleOrDefaultAsync<string>(
            Command("select instrument from ledger_entries where user_id = $1 and id = $2", new Positional().Add(UserId).Add(id))
        );
        return removed is null
            ? null
            : (
                await connection.QuerySingleAsync<LedgerEntry>(
                    Command(
                        $"delete from ledger_entries where user_id = $1 and id = $2 returning {LedgerStore.EntryColumns}",
                        new Positional().Add(UserId).Add(id)
                    )
                ),
                removed
            );
    }

    /// <summary>The position of an instrument just before a place in the history.</summary>
    public async Task<PositionVersion> ReadBeforeAsync(string instrument, EntryPosition place) =>
        (
            await connection.QuerySingleOrDefaultAsync<VersionRow>(
                Command(
                    $"""
                    select {VersionRow.Columns} from position_versions
                    where user_id = $1 and instrument = $2 and (at, kind, entry_id) < ($3, $4, $5)
                    order by at desc, kind desc, entry_id desc limit 1
                    """,
                    new Positional().Add(UserId).Add(instrument).Add(place.At).Add((short)place.Kind).Add(place.Id)
                )
            )
        )?.Version
        ?? new();

    /// <summary>An instrument's entries after a place in the history, or from its first one, in their order.</summary>
    public async Task<IReadOnlyList<LedgerEntry>> ReadAfterAsync(string instrument, EntryPosition? place, int limit)
    {
        var parameters = new Positional().Add(UserId).Add(instrument).Add(limit);
        if (place is { } after)
            parameters.Add(after.At).Add((short)after.Kind).Add(after.Id);
        return
        [
            .. await connection.QueryAsync<LedgerEntry>(
                Command(
                    $"""
                    select {LedgerStore.EntryColumns} from ledger_entries
                    where user_id = $1 and instrument = $2 {(place is null ? "" : "and (at, kind, id) > ($4, $5, $6)")}
                    order by at, kind, id limit $3
                    """,
                    parameters
                )
            ),
        ];
    }

    // Up to the lot with which $5 units are covered.
    const string UntilCovered = """
        and upto <= coalesce((
            select upto from lots where user_id = $1 and instrument = $2 and era = $3 and upto >= $4 + $5 order by upto limit 1
        ), 'infinity')
        """;

    /// <summary>The lots of a position from the next unit to be sold on.</summary>
    /// <param name="units">Until so many units are covered; null for all.</param>
    public async Task<IReadOnlyList<Lot>> ReadLotsAsync(string instrument, PositionVersion position, decimal? units) =>
        units == 0
            ? []
            :
            [
                .. await connection.QueryAsync<Lot>(
                    Command(
                        $"""
                        select era, upto, entry_id, opened_at, quantity, cost from lots
                        where user_id = $1 and instrument = $2 and era = $3 and upto > $4 {(units is null ? "" : UntilCovered)}
                        order by upto
                        """,
                        units is { } some
                            ? new Positional().Add(UserId).Add(instrument).Add(position.Era).Add(position.Sold).Add(some)
                            : new Positional().Add(UserId).Add(instrument).Add(position.Era).Add(position.Sold)
                    )
                ),
            ];

    /// <summary>Takes out what followed from an instrument's entries after a position.</summary>
    public Task ForgetAfterAsync(string instrument, PositionVersion position)
    {
        var parameters = new Positional().Add(UserId).Add(instrument).Add(position.Era).Add(position.Bought);
        if (position.EntryPosition is { } place)
            parameters.Add(place.At).Add((short)place.Kind).Add(place.Id);
        return connection.ExecuteAsync(
            Command(
                $"""
                with versions as (
                    delete from position_versions where user_id = $1 and instrument = $2
                        {(position.EntryPosition is null ? "" : "and (at, kind, entry_id) > ($5, $6, $7)")}
                )
                delete from lots where user_id = $1 and instrument = $2 and (era, upto) > ($3, $4)
                """,
                parameters
            )
        );
    }

    /// <summary>Stores the positions of an instrument after each of some entries, and the lots that they created.</summary>
    public Task WriteAsync(string instrument, IReadOnlyList<PositionVersion> versions, IReadOnlyList<Lot> lots)
    {
        var places = versions.Select(one => one.EntryPosition!.Value).ToArray();
        return connection.ExecuteAsync(
            Command(
                """
                with versions as (
                    insert into position_versions (user_id, instrument, at, kind, entry_id, quantity, cost, realised, realised_long,
                        cash, income, fees, deposits, withdrawals, era, sold, trade_price, trade_at, split_at, split_factor)
                    select $1, $2, at, kind, entry_id, quantity, cost, realised, realised_long, cash, income, fees, deposits,
                        withdrawals, era, sold, trade_price, trade_at, split_at, split_factor
                    from unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
                        as v (at, kind, entry_id, quantity, cost, realised, realised_long, cash, income, fees, deposits, withdrawals,
                            era, sold, trade_price, trade_at, split_at, split_factor)
                )
                insert into lots (user_id, instrument, era, upto, entry_id, opened_at, quantity, cost)
                select $1, $2, era, upto, entry_id, opened_at, quantity, cost
                from unnest($21, $22, $23, $24, $25, $26) as l (era, upto, entry_id, opened_at, quantity, cost)
                """,
                new Positional()
                    .Add(UserId)
                    .Add(instrument)
                    .Add(places.Select(one => one.At).ToArray())
                    .Add(places.Select(one => (short)one.Kind).ToArray())
                    .Add(places.Select(one => one.Id).ToArray())
                    .Add(versions.Select(one => one.Quantity).ToArray())
                    .Add(versions.Select(one => one.Cost).ToArray())
                    .Add(versions.Select(one => one.Realised).ToArray())
                    .Add(versions.Select(one => one.RealisedLong).ToArray())
                    .Add(versions.Select(one => one.Cash).ToArray())
                    .Add(versions.Select(one => one.Income).ToArray())
                    .Add(versions.Select(one => one.Fees).ToArray())
                    .Add(versions.Select(one => one.Deposits).ToArray())
                    .Add(versions.Select(one => one.Withdrawals).ToArray())
                    .Add(versions.Select(one => one.Era).ToArray())
                    .Add(versions.Select(one => one.Sold).ToArray())
                    .Add(versions.Select(one => one.TradePrice).ToArray())
                    .Add(versions.Select(one => one.TradeAt).ToArray())
                    .Add(versions.Select(one => one.SplitAt).ToArray())
                    .Add(versions.Select(one => one.SplitFactor).ToArray())
                    .Add(lots.Select(one => one.Era).ToArray())
                    .Add(lots.Select(one => one.Upto).ToArray())
                    .Add(lots.Select(one => one.EntryId).ToArray())
                    .Add(lots.Select(one => one.OpenedAt).ToArray())
                    .Add(lots.Select(one => one.Quantity).ToArray())
                    .Add(lots.Select(one => one.Cost).ToArray())
            )
        );
    }

    /// <summary>
    /// Notes that history has changed from a moment on. Instruments have the names of their latest entry, whichever came
    /// last.
    /// </summary>
    public async Task FinishAsync(DateTime from)
    {
        await connection.ExecuteAsync(
            Command(
                "update portfolios set version = version + 1, chained_until = least(chained_until, $2) where user_id = $1",
                new Positional().Add(UserId).Add(from)
            )
        );
        if (named.Length == 0)
            return;
        await connection.ExecuteAsync(
            Command(
                """
                update instruments i set symbol = coalesce(latest.symbol, i.symbol), isin = coalesce(latest.isin, i.isin)
                from (
                    select n.instrument,
                           (select symbol from ledger_entries e where e.user_id = $1 and e.instrument = n.instrument
                               and e.symbol is not null order by at desc, kind desc, id desc limit 1) as symbol,
                           (select isin from ledger_entries e where e.user_id = $1 and e.instrument = n.instrument
                               and e.isin is not null order by at desc, kind desc, id desc limit 1) as isin
                    from unnest($2) as n (instrument)
                ) as latest
                where i.user_id = $1 and i.instrument = latest.instrument
                """,
                new Positional().Add(UserId).Add(named)
            )
        );
    }

    CommandDefinition Command(string statement, object parameters) =>
        new(statement, parameters, commandTimeout: (int)timeout.TotalSeconds, cancellationToken: cancellationToken);

    sealed record KeyRow(byte[] Request, string Answer);
}

/// <summary>A row of <c>position_versions</c>.</summary>
record VersionRow : PositionVersion
{
    public const string Columns =
        "at, kind, entry_id, quantity, cost, realised, realised_long, cash, income, fees, deposits, withdrawals, era, sold, "
        + "trade_price, trade_at, split_at, split_factor";

    public DateTime At { get; init; }

    public short Kind { get; init; }

    public Guid EntryId { get; init; }

    public PositionVersion Version => this with { EntryPosition = new(At, (EntryKind)Kind, EntryId) };
}
