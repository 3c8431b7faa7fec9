using System.Globalization;
using System.Text;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>A report of tax lots has a size that a server can hold in memory.</summary>
public sealed class TaxLotLimitTests(PostgresFixture postgres) : IAsyncLifetime
{
    readonly LedgerDatabase ledger = new(postgres);
    readonly Guid user = Guid.CreateVersion7();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ledger.InitializeAsync();

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    [Fact]
    public async Task More_open_lots_than_a_report_can_have_are_refused()
    {
        const int most = PortfolioService.MaxOpenLots;
        var file = new StringBuilder("symbol,trade_date,exchange,trade_type,quantity,price,trade_id\n");
        for (var i = 0; i <= most; i++)
            file.Append(CultureInfo.InvariantCulture, $"INFY,2024-01-0{i % 2 + 2},NSE,buy,1,0,{i}\n");
        await ledger.ImportAsync(user, CsvText.Utf8(file.ToString()), null);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => ReadAsync(null));
        Assert.Equal((Refusal.Conflict, "at"), (refused.Refusal, Assert.Single(refused.Errors).Key));
        Assert.Equal(most / 2 + 1, (await ReadAsync("2024-01-02")).OpenLots.Count);

        await ledger.AddAsync(user, new(EntryKind.Sell, "2024-01-04", "INFY", Quantity: 1, Price: 0));
        Assert.Equal(most, (await ReadAsync(null)).OpenLots.Count);
    }

    Task<TaxReport> ReadAsync(string? at) => ledger.Portfolios.ReadTaxLotsAsync(user, at, Cancel);
}
