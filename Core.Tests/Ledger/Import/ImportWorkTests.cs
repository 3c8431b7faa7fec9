using System.Globalization;
using System.Text;
using FunctionsApp.Core.Database;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Tests.Database;
using FunctionsApp.Core.Tests.Keys;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>The number of statements of an import with many symbols.</summary>
public sealed class ImportWorkTests(PostgresFixture postgres) : IAsyncLifetime
{
    readonly LedgerDatabase ledger = new(postgres);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ledger.InitializeAsync();

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    [Fact]
    public async Task The_number_of_statements_does_not_depend_on_the_number_of_symbols()
    {
        const int Symbols = 3_000;
        var (user, statements) = (Guid.CreateVersion7(), new StatementCount());
        await using var database = new PostgresDatabase(ledger.ConnectionString, source => source.UseLoggerFactory(statements));
        using var module = new LedgerModule(database, ledger.Options);

        await ledger.AddUserAsync(user);
        var result = await module.Imports.ImportAsync(user, CsvText.Utf8(Tradebook(Symbols)), "auto", Cancel);

        Assert.Equal(2 * Symbols, result.Added);
        Assert.InRange(statements.Count, 1, 60);
        // A later file, with sales of what is held.
        var before = statements.Count;
        Assert.Equal(Symbols, (await module.Imports.ImportAsync(user, CsvText.Utf8(Sales(Symbols)), null, Cancel)).Added);
        Assert.InRange(statements.Count - before, 1, 60);
        var holdings = (await module.Portfolios.ReadAsync(user, null, Cancel)).Holdings;
        Assert.Equal(Symbols, holdings.Count);
        Assert.All(holdings, holding => Assert.Equal((2m, 10m), (holding.Quantity, holding.RealisedGain)));
    }

    [Fact]
    public async Task A_file_of_more_symbols_than_a_portfolio_can_have_is_refused()
    {
        var user = Guid.CreateVersion7();

        var refused = await Assert.ThrowsAsync<RefusedException>(() =>
            ledger.ImportAsync(user, CsvText.Utf8(Tradebook(InstrumentStore.MaxInstruments + 2)), "auto")
        );

        Assert.Equal(Refusal.Invalid, refused.Refusal);
        Assert.Equal($"line {InstrumentStore.MaxInstruments + 2}, symbol", Assert.Single(refused.Errors).Key);
        Assert.Empty(await ledger.ExportAsync(user));
    }

    [Fact]
    public async Task A_portfolio_with_the_maximum_number_of_instruments_refuses_another_one()
    {
        var user = Guid.CreateVersion7();
        await ledger.ImportAsync(user, CsvText.Utf8(Tradebook(InstrumentStore.MaxInstruments)), "auto");

        Assert.Equal(
            Refusal.Conflict,
            (await ledger.RefusesAsync(user, new(EntryKind.Buy, "2024-01-03", "ONEMORE", Quantity: 1, Price: 0))).Refusal
        );
        await ledger.AddAsync(user, new(EntryKind.Buy, "2024-01-03", "S1", Quantity: 1, Price: 0));

        // One without entries does not count.
        var page = await ledger.Entries.ListAsync(user, new(TestKeys.Cursors, 100, null), "S2", Cancel);
        foreach (var entry in page.Items)
            await ledger.Entries.RemoveAsync(user, entry.Id, Cancel);
        await ledger.AddAsync(user, new(EntryKind.Buy, "2024-01-03", "ONEMORE", Quantity: 1, Price: 0));
    }

    // Each symbol is bought twice.
    static string Tradebook(int symbols) =>
        Csv(symbols, 2, (i, k) => string.Create(CultureInfo.InvariantCulture, $"S{i},2024-01-0{k + 1},NSE,buy,{k + 1},{100 + k},{k}-{i}"));

    static string Sales(int symbols) =>
        Csv(symbols, 1, (i, _) => string.Create(CultureInfo.InvariantCulture, $"S{i},2024-02-01,NSE,sell,1,110,s-{i}"));

    static string Csv(int symbols, int times, Func<int, int, string> row)
    {
        var text = new StringBuilder("symbol,trade_date,exchange,trade_type,quantity,price,trade_id\n");
        for (var k = 0; k < times; k++)
        {
            for (var i = 0; i < symbols; i++)
                text.Append(row(i, k)).Append('\n');
        }

        return text.ToString();
    }
}
