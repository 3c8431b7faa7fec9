using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>Nothing is left of a deleted account.</summary>
public sealed class ErasureTests(PostgresFixture postgres) : IAsyncLifetime
{
    readonly LedgerDatabase ledger = new(postgres);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ledger.InitializeAsync();

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    [Fact]
    public async Task An_erased_user_has_no_rows_in_any_table()
    {
        var (user, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        foreach (var one in new[] { user, other })
        {
            await ledger.AddAsync(one, new(EntryKind.Deposit, "2024-01-01", Amount: 1_000, Note: "from Ada"), "key");
            await ledger.AddAsync(one, new(EntryKind.Buy, "2024-01-02", "INFY", "INE009A01021", 2, 100));
        }

        var tables = await TablesAsync(user);
        Assert.Equal(
            [
                "cash_days",
                "cash_months",
                "external_flows",
                "instrument_names",
                "instruments",
                "ledger_entries",
                "ledger_keys",
                "lots",
                "portfolios",
                "position_versions",
            ],
            tables
        );
        var before = await ledger.DumpAsync(other);

        var erasure = new LedgerPersonalData(ledger.Erasure);
        await erasure.EraseAsync(user, Cancel);
        await erasure.EraseAsync(user, Cancel);

        Assert.Empty(await TablesAsync(user));
        Assert.Equal(before, await ledger.DumpAsync(other));
        Assert.Equal(tables, await TablesAsync(other));
    }

    // It may take longer than the time after which the erasure runs again.
    [Fact]
    public async Task An_import_during_which_its_user_was_deleted_writes_nothing()
    {
        var user = Guid.CreateVersion7();
        await ledger.AddUserAsync(user);
        await using var database = Npgsql.NpgsqlDataSource.Create(ledger.ConnectionString);
        await using var locked = await TableLock.TakeAsync(database, "cash_days");
        var import = ledger.Imports.ImportAsync(
            user,
            CsvText.Utf8("symbol,trade_date,exchange,trade_type,quantity,price,trade_id\nINFY,2024-01-02,NSE,buy,1,100,1\n"),
            "auto",
            Cancel
        );
        await Waiting.UntilAsync(
            "the import waits for the lock",
            async () => await Sql.RunAsync(ledger.ConnectionString, TableLock.CountWaiting) is > 0L
        );

        await Sql.RunAsync(ledger.ConnectionString, $"delete from users where id = '{user}'");
        await locked.ReleaseAsync();

        Assert.Equal(Refusal.Unauthenticated, (await Assert.ThrowsAsync<RefusedException>(() => import)).Refusal);
        Assert.Empty(await TablesAsync(user));
    }

    // Or the erasure would not find what the import writes.
    [Fact]
    public async Task A_user_is_not_deleted_between_the_check_of_an_import_and_its_commit()
    {
        var user = Guid.CreateVersion7();
        await ledger.AddUserAsync(user);
        Task<object?> deletion;
        await using (var change = await ledger.PortfolioStore.BeginImportAsync(user, Cancel))
        {
            await change.LockAsync();
            await change.RejectDeletedUserAsync();
            deletion = Sql.RunAsync(ledger.ConnectionString, $"delete from users where id = '{user}'");
            await Waiting.UntilAsync(
                "the deletion waits for the import",
                async () => await Sql.RunAsync(ledger.ConnectionString, TableLock.CountWaiting) is > 0L
            );
            Assert.False(deletion.IsCompleted);
            await change.CommitAsync();
        }

        await deletion;
    }

    [Fact]
    public async Task A_statement_erases_no_more_rows_than_it_may()
    {
        var user = Guid.CreateVersion7();
        for (var i = 1; i <= 5; i++)
            await ledger.AddAsync(user, new(EntryKind.Deposit, $"2024-01-0{i}", Amount: 1));

        List<int> erased = [];
        do erased.Add(await ledger.Erasure.EraseAsync(user, 2, Cancel));
        while (erased[^1] > 0);

        Assert.All(erased, count => Assert.InRange(count, 0, 2));
        Assert.Empty(await TablesAsync(user));
    }

    // All tables, so that new ones are included.
    async Task<string[]> TablesAsync(Guid user)
    {
        var tables = (string)
            (
                await Sql.RunAsync(
                    ledger.ConnectionString,
                    "select string_agg(table_name, ',' order by table_name) from information_schema.columns where table_schema = "
                        + "'public' and column_name = 'user_id'"
                )
            )!;
        List<string> holding = [];
        foreach (var table in tables.Split(','))
        {
            if ((bool)(await Sql.RunAsync(ledger.ConnectionString, $"select exists (select from {table} where user_id = '{user}')"))!)
                holding.Add(table);
        }

        return [.. holding];
    }
}
