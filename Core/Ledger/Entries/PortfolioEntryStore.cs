using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Ledger;

/// <summary>The entries of a portfolio that is being changed.</summary>
sealed class PortfolioEntryStore(LedgerTransaction transaction)
{
    // The unique index that allows one split of an instrument at a moment.
    const string OneSplit = "ledger_entries_split";

    // $1 user, $2 instrument, $3 limit, $4 to $6 the position after which entries are read.
    const string After = $"""
        select {EntryStore.Columns} from ledger_entries
        where user_id = $1 and instrument = $2 and (at, kind, id) > ($4, $5, $6)
        order by at, kind, id limit $3
        """;

    static readonly ColumnTable<AddedEntry> columns = new ColumnTable<AddedEntry>()
        .Add(row => row.Entry.Id)
        .Add(row => row.Entry.At)
        .Add("kind", row => (short)row.Entry.Type)
        .Add(row => row.Instrument)
        .AddOptional(row => row.Entry.Symbol)
        .AddOptional(row => row.Entry.Isin)
        .AddOptional(row => row.Entry.Quantity)
        .AddOptional(row => row.Entry.Price)
        .AddOptional(row => row.Entry.Amount)
        .AddOptional(row => row.Entry.Charges)
        .AddOptional(row => row.Entry.Ratio)
        .AddOptional(row => row.Entry.Per)
        .AddOptional(row => row.Entry.Note)
        .Add(row => row.Entry.Cash)
        .Add(row => row.Entry.CreatedAt);

    // $1 user, then a value for each column.
    static readonly string insert = $"insert into ledger_entries (user_id, {columns.Names}) values ($1, {columns.Parameters(2)})";

    // Deposits are entries of the cash account, whose instrument is the empty string. They are selected from the portfolio: so Citus knows
    // where they belong.
    static readonly string insertDeposits = $"""
        insert into ledger_entries (user_id, id, at, kind, instrument, amount, note, cash, created_at)
        select p.user_id, d.id, d.at, {(short)EntryKind.Deposit}, '', d.amount, d.note, d.amount, @CreatedAt
        from portfolios p cross join unnest(@Ids, @Moments, @Amounts, @Notes) as d (id, at, amount, note)
        where p.user_id = @UserId
        """;

    /// <summary>Whether nothing has been recorded.</summary>
    public async Task<bool> IsEmptyAsync() =>
        !await transaction.ScalarAsync<bool>(
            "select exists (select 1 from ledger_entries where user_id = @UserId)",
            new { transaction.UserId }
        );

    /// <returns>False if there is a split of this instrument at this moment.</returns>
    public async Task<bool> AddAsync(LedgerEntry entry, string instrument)
    {
        var row = columns.AddRow(new Positional().Add(transaction.UserId), new(entry, instrument));
        if (entry.Type != EntryKind.Split)
        {
            transaction.ExecuteLater(insert, row);
            return true;
        }

        try
        {
            await transaction.ExecuteAsync(insert, row);
            return true;
        }
        catch (PostgresException e) when (e.Violates(OneSplit))
        {
            return false;
        }
    }

    /// <summary>Adds deposits that were made at one time.</summary>
    public Task AddDepositsAsync(IReadOnlyList<LedgerEntry> deposits) =>
        transaction.ExecuteAsync(
            insertDeposits,
            new
            {
                transaction.UserId,
                Ids = deposits.Select(deposit => deposit.Id).ToArray(),
                Moments = deposits.Select(deposit => deposit.At).ToArray(),
                Amounts = deposits.Select(deposit => deposit.Amount!.Value).ToArray(),
                Notes = deposits.Select(deposit => deposit.Note).ToArray(),
                deposits[0].CreatedAt,
            }
        );

    /// <summary>Removes an entry.</summary>
    /// <returns>The entry and its instrument; null if there is no such entry.</returns>
    public async Task<(LedgerEntry Entry, string Instrument)?> RemoveAsync(Guid id)
    {
        var instrument = await transaction.SingleOrDefaultAsync<string>(
            "select instrument from ledger_entries where user_id = $1 and id = $2",
            new Positional().Add(transaction.UserId).Add(id)
        );
        if (instrument is null)
            return null;
        var entry = await transaction.SingleAsync<LedgerEntry>(
            $"delete from ledger_entries where user_id = $1 and id = $2 returning {EntryStore.Columns}",
            new Positional().Add(transaction.UserId).Add(id)
        );
        return (entry, instrument);
    }

    /// <summary>An instrument's entries after a position in the history, in their order.</summary>
    /// <param name="after">Null for all entries.</param>
    public Task<List<LedgerEntry>> ReadAfterAsync(string instrument, EntryPosition? after, int limit)
    {
        var position = after ?? EntryPosition.First;
        return transaction.QueryAsync<LedgerEntry>(
            After,
            new Positional().Add(transaction.UserId).Add(instrument).Add(limit).Add(position.At).Add((short)position.Kind).Add(position.Id)
        );
    }

    readonly record struct AddedEntry(LedgerEntry Entry, string Instrument);
}
