using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>Each field of an entry is read from the column that it was written to.</summary>
public sealed class EntryColumnsTests(PostgresFixture postgres) : IAsyncLifetime
{
    // No two values of an entry are equal.
    static readonly LedgerEntry full = new(
        Guid.Parse("00000000-0000-7000-8000-000000000001"),
        EntryKind.Dividend,
        new(2024, 1, 1, 10, 30, 0, DateTimeKind.Utc),
        "TCS",
        "INE467B01029",
        2,
        3,
        4,
        5,
        6,
        7,
        "note",
        new(2024, 1, 8, 10, 30, 0, DateTimeKind.Utc)
    );

    readonly LedgerDatabase ledger = new(postgres);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ledger.InitializeAsync();

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_entry_is_read_as_it_was_written(bool hasAll)
    {
        var (user, entry) = (Guid.CreateVersion7(), hasAll ? full : Sparse());
        await using (var change = await ledger.PortfolioStore.BeginChangeAsync(user, Cancel))
        {
            await change.LockAsync();
            Assert.True(await change.Entries.AddAsync(entry, "FIRST"));
            Assert.Equal([entry], await change.Entries.ReadAfterAsync("FIRST", null, 10));
            await change.CommitAsync();
        }

        Assert.Equal(entry, await ledger.Entries.ReadAsync(user, entry.Id, Cancel));
        Assert.Equal(
            entry.Cash,
            await Sql.RunAsync(
                ledger.ConnectionString,
                $"select cash from ledger_entries where user_id = '{user}' and instrument = 'FIRST'"
            )
        );
    }

    static LedgerEntry Sparse() =>
        full with
        {
            Type = EntryKind.Split,
            Symbol = null,
            Isin = null,
            Quantity = null,
            Price = null,
            Amount = null,
            Charges = null,
            Note = null,
        };
}
