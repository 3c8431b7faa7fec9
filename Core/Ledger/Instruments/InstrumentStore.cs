using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Ledger;

/// <summary>The instruments of a portfolio that is being changed, and the symbols and ISINs that they are known by.</summary>
sealed class InstrumentStore(LedgerTransaction transaction)
{
    /// <summary>The maximum number of instruments of one portfolio: each of them is read to value it.</summary>
    public const int MaxInstruments = 10_000;

    // New names may have closing prices of before now, with which growth changes. Rows are selected from the portfolio: so Citus
    // knows where they belong.
    const string WriteNames = """
        update portfolios p
        set version = version + 1, chained_until = least(chained_until, priced.first::timestamp at time zone 'UTC')
        from (
            select min(c.date) as first
            from unnest(@Instruments, @Symbols, @Isins) as n (instrument, symbol, isin)
            cross join lateral unnest(array[n.symbol, n.isin]) as new (name)
            join prices c on c.symbol = new.name
            where not exists (select from instrument_names o where o.user_id = @UserId and o.name = new.name)
                and exists (select from position_versions v where v.user_id = @UserId and v.instrument = n.instrument)
        ) as priced
        where p.user_id = @UserId and priced.first is not null;

        insert into instrument_names (user_id, name, instrument)
        select p.user_id, new.name, n.instrument
        from portfolios p
        cross join unnest(@Instruments, @Symbols, @Isins) as n (instrument, symbol, isin)
        cross join lateral unnest(array[n.symbol, n.isin]) as new (name)
        where p.user_id = @UserId and new.name is not null
        on conflict do nothing;

        insert into instruments (user_id, instrument, symbol, isin)
        select distinct on (p.user_id, n.instrument) p.user_id, n.instrument, n.symbol, n.isin
        from portfolios p
        cross join unnest(@Instruments, @Symbols, @Isins) with ordinality as n (instrument, symbol, isin, i)
        where p.user_id = @UserId
        order by p.user_id, n.instrument, n.i desc
        on conflict (user_id, instrument) do update set symbol = excluded.symbol, isin = coalesce(excluded.isin, instruments.isin)
        """;

    // $1 user, $2 instruments. Some of them are there already.
    const string CountWith = """
        select (select count(*) from instruments where user_id = $1) + (
            select count(*) from unnest($2) as n (instrument)
            where not exists (select from instruments i where i.user_id = $1 and i.instrument = n.instrument)
        )
        """;

    // $1 user, $2 instrument, $3 names of an entry of it that was removed. Growth changes with the closing prices of names that are gone.
    const string DeleteNames = """
        with gone as (
            delete from instrument_names n
            where n.user_id = $1 and n.instrument = $2
                and (n.name = any($3) or not exists (select from ledger_entries e where e.user_id = $1 and e.instrument = $2))
                and not exists (
                    select from ledger_entries e
                    where e.user_id = $1 and e.instrument = $2 and (e.symbol = n.name or e.isin = n.name)
                )
            returning n.name
        )
        update portfolios p set chained_until = least(chained_until, priced.first::timestamp at time zone 'UTC')
        from (select min(c.date) as first from gone join prices c on c.symbol = gone.name) as priced
        where p.user_id = $1 and priced.first is not null
        """;

    // $1 user, $2 instrument.
    const string DeleteUnused = """
        delete from instruments i
        where i.user_id = $1 and i.instrument = $2
            and not exists (select from ledger_entries e where e.user_id = $1 and e.instrument = $2)
        """;

    // A symbol or ISIN that no entry has can be that of a trade that was imported again, and is kept; unless it was removed.
    // $1 user, $2 instruments.
    const string LatestNames = """
        update instruments i set symbol = coalesce(latest.symbol, latest.kept_symbol, latest.isin, i.symbol),
            isin = coalesce(latest.isin, latest.kept_isin)
        from (
            select n.instrument,
                (select name from instrument_names k
                    where k.user_id = $1 and k.instrument = n.instrument and k.name = (
                        select symbol from instruments o where o.user_id = $1 and o.instrument = n.instrument)) as kept_symbol,
                (select name from instrument_names k
                    where k.user_id = $1 and k.instrument = n.instrument and k.name = (
                        select isin from instruments o where o.user_id = $1 and o.instrument = n.instrument)) as kept_isin,
                (select symbol from ledger_entries e
                    where e.user_id = $1 and e.instrument = n.instrument and e.symbol is not null
                    order by at desc, kind desc, id desc limit 1) as symbol,
                (select isin from ledger_entries e
                    where e.user_id = $1 and e.instrument = n.instrument and e.isin is not null
                    order by at desc, kind desc, id desc limit 1) as isin
            from unnest($2) as n (instrument)
        ) as latest
        where i.user_id = $1 and i.instrument = latest.instrument
        """;

    // $1 user, $2 names. Those of instruments, and instruments that are stored under one of them.
    const string Names = """
        select name, instrument from instrument_names where user_id = $1 and name = any($2)
        union all
        select null, instrument from instruments where user_id = $1 and instrument = any($2)
        """;

    // Instruments whose names have changed.
    string[] named = [];

    /// <summary>The instruments of these symbols and ISINs.</summary>
    public PendingResult<InstrumentNames> ReadNamesLater(string[] names) =>
        transaction.QueryLater<(string? Name, string Instrument), InstrumentNames>(
            Names,
            new Positional().Add(transaction.UserId).Add(names),
            rows =>
                new(
                    rows.Where(row => row.Name is not null).ToDictionary(row => row.Name!, row => row.Instrument),
                    rows.Where(row => row.Name is null).Select(row => row.Instrument).ToHashSet()
                )
        );

    /// <inheritdoc cref="ReadNamesLater"/>
    public Task<InstrumentNames> ReadNamesAsync(string[] names) => transaction.ResultOfAsync(ReadNamesLater(names));

    /// <summary>Stores names, and the instruments with the last of theirs.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Conflict"/>: the portfolio would have too many instruments.</exception>
    public async Task WriteNamesAsync(IReadOnlyCollection<InstrumentName> names)
    {
        if (names.Count == 0)
            return;
        await CheckRoomAsync([.. names.Select(name => name.Instrument).Distinct()]);
        named = [.. named, .. names.Select(name => name.Instrument)];
        await transaction.ExecuteAsync(
            WriteNames,
            new
            {
                transaction.UserId,
                Instruments = names.Select(name => name.Instrument).ToArray(),
                Symbols = names.Select(name => name.Symbol).ToArray(),
                Isins = names.Select(name => name.Isin).ToArray(),
            }
        );
    }

    /// <summary>
    /// Forgets the symbol and ISIN of an entry that was removed, unless another entry of the instrument has them, and the instrument if it
    /// has no entry.
    /// </summary>
    public void RemoveNames(string instrument, LedgerEntry removed)
    {
        string[] names = [.. new[] { removed.Symbol, removed.Isin }.OfType<string>()];
        if (names.Length == 0)
            return;
        named = [.. named, instrument];
        transaction.ExecuteLater(DeleteNames, new Positional().Add(transaction.UserId).Add(instrument).Add(names));
        transaction.ExecuteLater(DeleteUnused, new Positional().Add(transaction.UserId).Add(instrument));
    }

    /// <summary>
    /// Gives instruments whose names have changed the symbol and ISIN of their latest entry, which is not always the one recorded last.
    /// </summary>
    public void UpdateLatestNames()
    {
        if (named.Length > 0)
            transaction.ExecuteLater(LatestNames, new Positional().Add(transaction.UserId).Add(named));
    }

    async Task CheckRoomAsync(string[] instruments)
    {
        var count = await transaction.ScalarAsync<int>(CountWith, new Positional().Add(transaction.UserId).Add(instruments));
        // The cash account is one of them.
        if (count > MaxInstruments + 1)
            throw RefusedException.Conflict("symbol", $"A portfolio can have at most {MaxInstruments} instruments.");
    }
}
