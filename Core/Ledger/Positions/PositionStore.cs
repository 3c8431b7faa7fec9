using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Ledger;

/// <summary>The positions and lots of one instrument of a portfolio that is being changed.</summary>
sealed class PositionStore(LedgerTransaction transaction)
{
    // $1 user, $2 instrument, $3 to $5 a position in the history.
    const string Before = """
        select at, kind, entry_id, quantity, cost, realised, realised_long, cash, income, fees, deposits, withdrawals, era, sold,
            trade_price, trade_at, split_at, split_factor
        from position_versions
        where user_id = $1 and instrument = $2 and (at, kind, entry_id) < ($3, $4, $5)
        order by at desc, kind desc, entry_id desc limit 1
        """;

    // $1 user, $2 instrument, $3 era, $4 units sold, $5 units needed; null for all. Lots end with the one that covers the units.
    const string LotsFrom = """
        select era, last_unit, entry_id, opened_at, quantity, cost from lots
        where user_id = $1 and instrument = $2 and era = $3 and last_unit > $4 and last_unit <= coalesce((
            select last_unit from lots
            where user_id = $1 and instrument = $2 and era = $3 and last_unit >= $4 + $5::numeric
            order by last_unit limit 1
        ), 'infinity')
        order by last_unit
        """;

    // $1 user, $2 instrument, $3 era, $4 units bought in it, $5 to $7 a position in the history.
    const string DeleteVersionsAndLots = """
        with versions as (
            delete from position_versions where user_id = $1 and instrument = $2 and (at, kind, entry_id) > ($5, $6, $7)
        )
        delete from lots where user_id = $1 and instrument = $2 and (era, last_unit) > ($3, $4)
        """;

    // $1 user, $2 instrument, then an array for each column. Rows are selected from the portfolio: so Citus knows where they belong.
    static readonly string insertVersions = $"""
        insert into position_versions (user_id, instrument, {PositionTables.Versions.Names})
        select p.user_id, $2, {PositionTables.Versions.Names}
        from portfolios p cross join {PositionTables.Versions.Unnest(3)} as v ({PositionTables.Versions.Names})
        where p.user_id = $1
        """;

    static readonly string insertLots = $"""
        insert into lots (user_id, instrument, {PositionTables.Lots.Names})
        select p.user_id, $2, {PositionTables.Lots.Names}
        from portfolios p cross join {PositionTables.Lots.Unnest(3)} as l ({PositionTables.Lots.Names})
        where p.user_id = $1
        """;

    /// <summary>The position of an instrument just before a position in the history.</summary>
    public PendingResult<PositionVersion> ReadBeforeLater(string instrument, EntryPosition position) =>
        transaction.QueryLater<VersionRow, PositionVersion>(
            Before,
            new Positional().Add(transaction.UserId).Add(instrument).Add(position.At).Add((short)position.Kind).Add(position.Id),
            rows => rows is [var row] ? row.Version : new()
        );

    /// <inheritdoc cref="ReadBeforeLater"/>
    public Task<PositionVersion> ReadBeforeAsync(string instrument, EntryPosition position) =>
        transaction.ResultOfAsync(ReadBeforeLater(instrument, position));

    /// <summary>The lots of a position from the next unit to be sold on.</summary>
    /// <param name="units">The units that the lots have to cover; null for all lots.</param>
    public async Task<IReadOnlyList<Lot>> ReadLotsAsync(string instrument, PositionVersion position, decimal? units) =>
        units == 0
            ? []
            :
            [
                .. await transaction.QueryAsync<Lot>(
                    LotsFrom,
                    new Positional().Add(transaction.UserId).Add(instrument).Add(position.Era).Add(position.Sold).Add(units)
                ),
            ];

    /// <summary>Deletes what was computed from an instrument's entries after a position.</summary>
    public void DeleteAfter(string instrument, PositionVersion position)
    {
        var after = position.EntryPosition ?? EntryPosition.First;
        transaction.ExecuteLater(
            DeleteVersionsAndLots,
            new Positional()
                .Add(transaction.UserId)
                .Add(instrument)
                .Add(position.Era)
                .Add(position.Bought)
                .Add(after.At)
                .Add((short)after.Kind)
                .Add(after.Id)
        );
    }

    /// <summary>Stores the positions of an instrument after each of some entries, and the lots that these created.</summary>
    public void Write(RecalculatedInstrument recalculated)
    {
        transaction.ExecuteLater(insertVersions, PositionTables.Versions.AddArrays(Of(recalculated), recalculated.Versions));
        if (recalculated.Lots.Count > 0)
            transaction.ExecuteLater(insertLots, PositionTables.Lots.AddArrays(Of(recalculated), recalculated.Lots));
    }

    Positional Of(RecalculatedInstrument recalculated) => new Positional().Add(transaction.UserId).Add(recalculated.Instrument);
}
