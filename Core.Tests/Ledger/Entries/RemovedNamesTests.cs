using FsCheck.Xunit;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>Symbols and ISINs are known by the entries that have them: a mistake is undone by removing its entry.</summary>
public sealed class RemovedNamesTests(PostgresFixture postgres) : IAsyncLifetime
{
    const string Infy = "INE009A01021",
        Tcs = "INE467B01029";

    readonly LedgerDatabase ledger = new(postgres);
    readonly Guid user = Guid.CreateVersion7();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ledger.InitializeAsync();

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    [Fact]
    public async Task A_share_recorded_with_the_ISIN_of_another_one_leaves_nothing_when_it_is_removed()
    {
        var mistake = await BuyAsync("TCS", Infy);
        await RemoveAsync(mistake);

        await ImportAsync(new TradeRow("INFY", "2024-01-05T10:15:00", 10, 0, "1", Infy));
        await BuyAsync("TCS", Tcs);

        Assert.Equal([("INFY", Infy, 10m), ("TCS", Tcs, 1m)], await HoldingsAsync());
    }

    [Fact]
    public async Task Trades_imported_before_the_mistake_was_removed_stay_apart_from_later_ones_of_its_symbol()
    {
        var mistake = await BuyAsync("TCS", Infy);
        await ImportAsync(new TradeRow("INFY", "2024-01-05T10:15:00", 10, 0, "1", Infy));
        await RemoveAsync(mistake);

        await BuyAsync("TCS", Tcs);
        await BuyAsync("TCS", null);
        await BuyAsync("INFY", null);
        await BuyAsync(null, Infy);

        Assert.Equal([("INFY", Infy, 12m), ("TCS", Tcs, 2m)], await HoldingsAsync());
        var oversold = await ledger.RefusesAsync(user, new(EntryKind.Sell, "2024-03-01", "INFY", Quantity: 13, Price: 1));
        Assert.Contains("More INFY would be sold", oversold.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_holding_has_the_names_of_the_entries_that_are_left()
    {
        await BuyAsync("INFY", null);
        var (isin, renamed) = (await BuyAsync("INFY", Tcs), await BuyAsync("INFOSYS", Tcs));
        Assert.Equal([("INFOSYS", Tcs, 3m)], await HoldingsAsync());

        await RemoveAsync(renamed);
        Assert.Equal([("INFY", Tcs, 2m)], await HoldingsAsync());
        await RemoveAsync(isin);
        Assert.Equal([("INFY", null, 1m)], await HoldingsAsync());

        await BuyAsync("TCS", Tcs);
        Assert.Equal([("INFY", null, 1m), ("TCS", Tcs, 1m)], await HoldingsAsync());
    }

    [Fact]
    public async Task Closes_under_a_removed_name_no_longer_change_growth()
    {
        var mark = $"{user:N}"[20..].ToUpperInvariant();
        await ledger.AddAsync(user, new(EntryKind.Deposit, "2024-01-01", Amount: 1000));
        await ledger.AddAsync(user, new(EntryKind.Buy, "2024-01-01", "OLD" + mark, Infy, Quantity: 10, Price: 100));
        await ledger.AddAsync(user, new(EntryKind.Deposit, "2024-06-03", Amount: 1000));
        await ledger.PriceAsync("NEW" + mark, "2024-05-31", 150);
        var mistake = await ledger.AddAsync(user, new(EntryKind.Dividend, "2024-07-01", "NEW" + mark, Infy, Amount: 1));
        Assert.Equal(0.5, (await ledger.ReadAsync(user, "2024-06-04")).Twr!.Value, 1e-9);

        await RemoveAsync(mistake);

        Assert.Equal(0, (await ledger.ReadAsync(user, "2024-06-04")).Twr!.Value, 1e-9);
    }

    [Property(MaxTest = 30)]
    public async Task Names_and_instruments_are_those_of_the_entries(int seed)
    {
        var (random, owner) = (new Random(seed), Guid.CreateVersion7());
        string?[] symbols = ["A", "B", "C", null],
            isins = [Infy, Tcs, null];
        List<LedgerEntry> entries = [];
        for (var step = 0; step < 40; step++)
        {
            if (entries.Count > 0 && random.Next(5) < 2)
            {
                var gone = entries[random.Next(entries.Count)];
                await ledger.Entries.RemoveAsync(owner, gone.Id, Cancel);
                entries.Remove(gone);
                continue;
            }

            var (symbol, isin) = (symbols[random.Next(symbols.Length)], isins[random.Next(isins.Length)]);
            if (symbol is null && (isin is null || !entries.Exists(entry => entry.Isin == isin)))
                continue;
            entries.Add(
                await ledger.AddAsync(
                    owner,
                    new(EntryKind.Buy, Moment.Text(new(2024, 1, 1 + random.Next(28), 0, 0, step, DateTimeKind.Utc)), symbol, isin, 1, 0)
                )
            );
        }

        Assert.Equal(
            "",
            await TextAsync(
                $"""
                select coalesce(string_agg(problem, ', '), '') from (
                    select 'name ' || name as problem from instrument_names n
                    where user_id = '{owner}' and not exists (select from ledger_entries e where e.user_id = n.user_id
                        and e.instrument = n.instrument and n.name in (e.symbol, e.isin))
                    union all
                    select 'instrument ' || instrument from instruments i
                    where user_id = '{owner}' and instrument <> ''
                        and not exists (select from ledger_entries e where e.user_id = i.user_id and e.instrument = i.instrument)
                    union all
                    select 'entry of ' || instrument from ledger_entries e
                    where user_id = '{owner}'
                        and not exists (select from instruments i where i.user_id = e.user_id and i.instrument = e.instrument)
                    union all
                    select 'symbol of ' || instrument from instruments i
                    where user_id = '{owner}' and instrument <> '' and symbol is distinct from isin
                        and not exists (select from ledger_entries e where e.user_id = i.user_id
                            and e.instrument = i.instrument and e.symbol = i.symbol)
                    union all
                    select 'isin of ' || instrument from instruments i
                    where user_id = '{owner}' and isin is not null
                        and not exists (select from ledger_entries e where e.user_id = i.user_id
                            and e.instrument = i.instrument and e.isin = i.isin)
                ) as problems
                """
            )
        );
        Assert.Equal(entries.Count, (await ledger.ReadAsync(owner)).Holdings.Sum(holding => holding.Quantity));
    }

    async Task<LedgerEntry> BuyAsync(string? symbol, string? isin) =>
        await ledger.AddAsync(user, new(EntryKind.Buy, "2024-02-01", symbol, isin, Quantity: 1, Price: 0));

    Task RemoveAsync(LedgerEntry entry) => ledger.Entries.RemoveAsync(user, entry.Id, Cancel);

    Task ImportAsync(TradeRow trade) => ledger.ImportAsync(user, CsvText.Utf8(TradeRow.File(trade)), null);

    async Task<IEnumerable<(string, string?, decimal)>> HoldingsAsync() =>
        (await ledger.ReadAsync(user)).Holdings.Select(one => (one.Symbol, one.Isin, one.Quantity));

    async Task<string> TextAsync(string sql) => (string)(await Sql.RunAsync(ledger.ConnectionString, sql))!;
}
