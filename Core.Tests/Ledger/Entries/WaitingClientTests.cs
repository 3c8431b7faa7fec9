using System.IO.Pipelines;
using System.Text;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>
/// While a client sends or reads slowly, its request holds no connection and no lock: with one connection in the pool all others
/// are served.
/// </summary>
public sealed class WaitingClientTests(PostgresFixture postgres) : IAsyncLifetime
{
    const string OneConnection = "Maximum Pool Size=1;Multiplexing=false;Timeout=1";

    readonly LedgerDatabase ledger = new(postgres);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ledger.InitializeAsync();

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    [Fact]
    public async Task An_incomplete_upload_holds_no_connection()
    {
        await using var small = ledger.With(OneConnection);
        var user = Guid.CreateVersion7();
        await ledger.AddUserAsync(user);
        var body = new Pipe();
        var import = small.Imports.ImportAsync(user, body.Reader.AsStream(), "auto", Cancel);
        await body.Writer.WriteAsync(
            Encoding.UTF8.GetBytes("symbol,trade_date,exchange,trade_type,quantity,price,trade_id\nINFY,2024-01-02,NSE,buy,1,100,1\n"),
            Cancel
        );

        await small.Entries.AddAsync(user, new(EntryKind.Deposit, "2024-01-01", Amount: 1), null, Cancel);
        Assert.Equal(1, (await small.Portfolios.ReadAsync(user, null, Cancel)).Cash);

        await body.Writer.CompleteAsync();
        Assert.Equal(1, (await import).Added);
    }

    [Fact]
    public async Task A_file_is_checked_before_the_portfolio_is_locked()
    {
        var user = Guid.CreateVersion7();
        await using var change = await ledger.PortfolioStore.BeginChangeAsync(user, Cancel);
        await change.LockAsync();

        var refused = await Assert.ThrowsAsync<RefusedException>(() =>
            ledger.Imports.ImportAsync(user, CsvText.Utf8(Tradebook(3) + "INFY,not a date,NSE,buy,1,100,4\n"), "auto", Cancel)
        );

        Assert.Equal((Refusal.Invalid, "line 5, trade_date"), (refused.Refusal, Assert.Single(refused.Errors).Key));
    }

    [Fact]
    public async Task An_export_that_is_read_slowly_holds_no_connection()
    {
        await using var small = ledger.With(OneConnection);
        var user = Guid.CreateVersion7();
        await ledger.AddUserAsync(user);
        await small.Imports.ImportAsync(user, CsvText.Utf8(Tradebook(EntryExport.PageSize * 2 + 1)), "auto", Cancel);
        using var export = await small.Entries.ExportAsync(user, Cancel);
        List<LedgerEntry> exported = [];
        await foreach (var entry in export.ReadAsync(Cancel))
        {
            exported.Add(entry);
            if (exported.Count % 700 == 0)
                await small.Portfolios.ReadSettingsAsync(user, Cancel);
        }

        Assert.Equal(EntryExport.PageSize * 2 + 1, exported.Count(entry => entry.Type == EntryKind.Buy));
        Assert.Equal(exported.Select(entry => entry.EntryPosition).Order(), exported.Select(entry => entry.EntryPosition));
        Assert.Equal(exported.Count, exported.Select(entry => entry.Id).Distinct().Count());
    }

    [Fact]
    public async Task Imports_and_exports_of_a_user_beyond_the_limit_are_refused()
    {
        var (user, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var bodies = Enumerable.Range(0, ledger.Options.ImportsPerUser).Select(_ => new Pipe()).ToArray();
        await ledger.AddUserAsync(user);
        var imports = bodies.Select(body => ledger.Imports.ImportAsync(user, body.Reader.AsStream(), "auto", Cancel)).ToArray();
        var file = Tradebook(1);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => ledger.ImportAsync(user, CsvText.Utf8(file), "auto"));
        Assert.Equal(Refusal.TooMany, refused.Refusal);
        Assert.NotNull(refused.RetryAfter);
        Assert.Equal(1, (await ledger.ImportAsync(other, CsvText.Utf8(file), "auto")).Added);
        foreach (var body in bodies)
        {
            await body.Writer.WriteAsync(Encoding.UTF8.GetBytes(file), Cancel);
            await body.Writer.CompleteAsync();
        }

        Assert.Equal([0, 1], (await Task.WhenAll(imports)).Select(result => result.Added).Order());
        await ledger.ImportAsync(user, CsvText.Utf8(file), "auto");

        var exports = new List<EntryExport>();
        for (var i = 0; i < ledger.Options.ExportsPerUser; i++)
            exports.Add(await ledger.Entries.ExportAsync(user, Cancel));
        Assert.Equal(Refusal.TooMany, (await Assert.ThrowsAsync<RefusedException>(() => ledger.Entries.ExportAsync(user, Cancel))).Refusal);
        exports.ForEach(export => export.Dispose());
        Assert.NotEmpty(await ledger.ExportAsync(user));
    }

    [Fact]
    public async Task A_portfolio_can_be_read_from_a_read_only_database()
    {
        var user = Guid.CreateVersion7();
        await ledger.AddAsync(user, new(EntryKind.Deposit, "2024-01-01", Amount: 100));
        await using var reading = ledger.With("Options=-c default_transaction_read_only=on");

        var report = await reading.Portfolios.ReadAsync(user, null, Cancel);

        Assert.Equal((100m, 0d), (report.TotalPortfolio, report.Twr!.Value));
        Assert.Equal(100, (await ledger.ReadAsync(user)).TotalPortfolio);
    }

    static string Tradebook(int trades) =>
        string.Concat(
            Enumerable
                .Range(0, trades)
                .Select(i => $"INFY,2024-01-02,NSE,buy,1,100,{i}\n")
                .Prepend("symbol,trade_date,exchange,trade_type,quantity,price,trade_id\n")
        );
}
