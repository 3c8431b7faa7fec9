using System.Data.Common;
using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Ledger;

/// <summary>All SQL of the module. What changes a portfolio is in <see cref="PortfolioStore"/>.</summary>
public sealed partial class LedgerStore(PostgresDatabase database)
{
    internal const string EntryColumns =
        "id, kind as type, at, symbol, isin, quantity, price, amount, charges, ratio, per, note, created_at";

    /// <summary>A change that may take longer gets a connection for long work.</summary>
    static readonly TimeSpan ShortWork = TimeSpan.FromMinutes(1);

    /// <summary>What a user has set, or the defaults before anything was recorded.</summary>
    public async Task<Portfolio?> ReadPortfolioAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return (
            await connection.QuerySingleOrDefaultAsync<PortfolioRow>(
                new(
                    $"select {PortfolioRow.Columns} from portfolios where user_id = $1",
                    new Positional().Add(userId),
                    cancellationToken: cancellationToken
                )
            )
        )?.Portfolio;
    }

    /// <summary>Changes a portfolio: one at a time, all of it or nothing. It is made when there is none.</summary>
    /// <param name="timeout">How long one statement may take.</param>
    public async Task<T> ChangeAsync<T>(
        Guid userId,
        TimeSpan timeout,
        Func<PortfolioStore, Task<T>> change,
        CancellationToken cancellationToken
    )
    {
        return timeout > ShortWork
            ? await database.InLongTransactionAsync(ChangeAsync, cancellationToken)
            : await database.InTransactionAsync(ChangeAsync, cancellationToken);

        async Task<T> ChangeAsync(NpgsqlConnection connection, DbTransaction transaction)
        {
            var row = await LockAsync(connection, userId, cancellationToken);
            if (row is null)
            {
                var settings = PortfolioSettings.Default;
                await connection.ExecuteAsync(
                    new(
                        """
                        with cash as (insert into instruments (user_id, instrument, symbol) values ($1, '', '') on conflict do nothing)
                        insert into portfolios (user_id, currency, time_zone, long_term_months, year_starts_in) values ($1, $2, $3, $4,
                            $5) on conflict do nothing
                        """,
                        new Positional()
                            .Add(userId)
                            .Add(settings.Currency)
                            .Add(settings.TimeZone)
                            .Add((short)settings.LongTermMonths)
                            .Add((short)settings.YearStartsIn),
                        cancellationToken: cancellationToken
                    )
                );
                row =
                    await LockAsync(connection, userId, cancellationToken)
                    ?? throw new InvalidOperationException("A portfolio that was just made is not there.");
            }

            return await change(new(connection, row.Portfolio, timeout, cancellationToken));
        }
    }

    static Task<PortfolioRow?> LockAsync(NpgsqlConnection connection, Guid userId, CancellationToken cancellationToken) =>
        connection.QuerySingleOrDefaultAsync<PortfolioRow>(
            new(
                $"select {PortfolioRow.Columns} from portfolios where user_id = $1 for update",
                new Positional().Add(userId),
                cancellationToken: cancellationToken
            )
        );

    /// <summary>A user's entries, the latest first.</summary>
    /// <param name="before">Only those before this one; null for the latest.</param>
    /// <param name="name">Only those of the instrument of this symbol or ISIN; null for all.</param>
    public async Task<IReadOnlyList<LedgerEntry>> ReadEntriesAsync(
        Guid userId,
        EntryPosition? before,
        string? name,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var parameter = before is null ? "$3" : "$6";
        var ofName = name is null
            ? ""
            : $"and instrument = (select instrument from instrument_names where user_id = $1 and name = {parameter})";
        return
        [
            .. await connection.QueryAsync<LedgerEntry>(
                new(
                    $"""
                    select {EntryColumns} from ledger_entries
                    where user_id = $1
                      {(before is null ? "" : "and (at, kind, id) < ($3, $4, $5)")}
                      {ofName}
                    order by at desc, kind desc, id desc limit $2
                    """,
                    Parameters(),
                    cancellationToken: cancellationToken
                )
            ),
        ];

        Positional Parameters()
        {
            var parameters = new Positional().Add(userId).Add(limit);
            if (before is { } place)
                parameters.Add(place.At).Add((short)place.Kind).Add(place.Id);
            return name is null ? parameters : parameters.Add(name);
        }
    }

    /// <summary>One entry.</summary>
    public async Task<LedgerEntry?> ReadEntryAsync(Guid userId, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<LedgerEntry>(
            new(
                $"select {EntryColumns} from ledger_entries where user_id = $1 and id = $2",
                new Positional().Add(userId).Add(id),
                cancellationToken: cancellationToken
            )
        );
    }

    /// <summary>A page of a user's entries, the first one first.</summary>
    /// <param name="after">Only those after this one; null for the first page.</param>
    public async Task<IReadOnlyList<LedgerEntry>> ReadEntriesAfterAsync(
        Guid userId,
        EntryPosition? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var parameters = new Positional().Add(userId).Add(limit);
        if (after is { } place)
            parameters.Add(place.At).Add((short)place.Kind).Add(place.Id);
        await using var connection = await database.OpenAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<LedgerEntry>(
                new(
                    $"""
                    select {EntryColumns} from ledger_entries
                    where user_id = $1 {(after is null ? "" : "and (at, kind, id) > ($3, $4, $5)")}
                    order by at, kind, id limit $2
                    """,
                    parameters,
                    cancellationToken: cancellationToken
                )
            ),
        ];
    }

    internal sealed class PortfolioRow
    {
        public const string Columns =
            "user_id, currency, time_zone, long_term_months, year_starts_in, version, chained_until, prices_version";

        public Guid UserId { get; init; }

        public string Currency { get; init; } = "";

        public string TimeZone { get; init; } = "";

        public short LongTermMonths { get; init; }

        public short YearStartsIn { get; init; }

        public long Version { get; init; }

        public DateTime ChainedUntil { get; init; }

        public long PricesVersion { get; init; }

        public Portfolio Portfolio =>
            new(UserId, new(Currency, TimeZone, LongTermMonths, YearStartsIn), Version, ChainedUntil, PricesVersion);
    }
}
