using Dapper;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Ledger;

/// <summary>Reads entries. <see cref="PortfolioEntryStore"/> writes them.</summary>
public sealed class EntryStore(PostgresDatabase database)
{
    /// <summary>The columns of a <see cref="LedgerEntry"/>.</summary>
    internal const string Columns = "id, kind as type, at, symbol, isin, quantity, price, amount, charges, ratio, per, note, created_at";

    // $1 user, $2 id.
    const string One = $"select {Columns} from ledger_entries where user_id = $1 and id = $2";

    // $1 user, $2 limit, $3 to $5 the position before which entries are read.
    const string Before = $"""
        select {Columns} from ledger_entries
        where user_id = $1 and (at, kind, id) < ($3, $4, $5)
        order by at desc, kind desc, id desc limit $2
        """;

    // As above; $6 the symbol or ISIN.
    const string OfNameBefore = $"""
        select {Columns} from ledger_entries
        where user_id = $1 and (at, kind, id) < ($3, $4, $5)
            and instrument = (select instrument from instrument_names where user_id = $1 and name = $6)
        order by at desc, kind desc, id desc limit $2
        """;

    // $1 user, $2 limit, $3 to $5 the position after which entries are read.
    const string After = $"""
        select {Columns} from ledger_entries
        where user_id = $1 and (at, kind, id) > ($3, $4, $5)
        order by at, kind, id limit $2
        """;

    /// <returns>Null if there is no such entry.</returns>
    public async Task<LedgerEntry?> ReadAsync(Guid userId, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<LedgerEntry>(
            new(One, new Positional().Add(userId).Add(id), cancellationToken: cancellationToken)
        );
    }

    /// <summary>A page of a user's entries, latest first.</summary>
    /// <param name="before">Only entries before this position; null for the latest.</param>
    /// <param name="name">Only entries of the instrument with this symbol or ISIN; null for all.</param>
    public Task<IReadOnlyList<LedgerEntry>> ReadBeforeAsync(
        Guid userId,
        EntryPosition? before,
        string? name,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var parameters = Page(userId, before ?? EntryPosition.Last, limit);
        return name is null
            ? QueryAsync(Before, parameters, cancellationToken)
            : QueryAsync(OfNameBefore, parameters.Add(name), cancellationToken);
    }

    /// <summary>A page of a user's entries, oldest first.</summary>
    /// <param name="after">Only entries after this position; null for the first page.</param>
    public Task<IReadOnlyList<LedgerEntry>> ReadAfterAsync(
        Guid userId,
        EntryPosition? after,
        int limit,
        CancellationToken cancellationToken
    ) => QueryAsync(After, Page(userId, after ?? EntryPosition.First, limit), cancellationToken);

    static Positional Page(Guid userId, EntryPosition position, int limit) =>
        new Positional().Add(userId).Add(limit).Add(position.At).Add((short)position.Kind).Add(position.Id);

    async Task<IReadOnlyList<LedgerEntry>> QueryAsync(string statement, Positional parameters, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadAsync(cancellationToken);
        return [.. await connection.QueryAsync<LedgerEntry>(new(statement, parameters, cancellationToken: cancellationToken))];
    }
}
