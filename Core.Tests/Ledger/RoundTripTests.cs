using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>The round trips to the database of the requests that are sent most often.</summary>
public sealed class RoundTripTests(PostgresFixture postgres) : IAsyncLifetime
{
    readonly LedgerDatabase ledger = new(postgres);
    readonly Guid user = Guid.CreateVersion7();

    public async ValueTask InitializeAsync()
    {
        await ledger.InitializeAsync();
        await ledger.AddAsync(user, new(EntryKind.Deposit, "2024-01-01", Amount: 1000));
        await ledger.AddAsync(user, new(EntryKind.Buy, "2024-01-02", "TCS", Quantity: 2, Price: 10));
    }

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    [Fact]
    public async Task A_deposit_with_a_key_takes_two_round_trips()
    {
        using var roundTrips = new StatementCounter();
        await ledger.AddAsync(user, new(EntryKind.Deposit, "2024-01-03", Amount: 1), "key");
        Assert.Equal(2, roundTrips.Count);
    }

    [Fact]
    public async Task A_purchase_takes_four_round_trips()
    {
        using var roundTrips = new StatementCounter();
        await ledger.AddAsync(user, new(EntryKind.Buy, "2024-01-03", "TCS", Quantity: 1, Price: 10), "key");
        Assert.Equal(4, roundTrips.Count);
    }

    [Fact]
    public async Task Reading_a_portfolio_takes_two_round_trips_once_its_growth_is_stored()
    {
        await ledger.ReadAsync(user);
        using var roundTrips = new StatementCounter();
        var report = await ledger.ReadAsync(user);
        Assert.Equal(2, roundTrips.Count);
        Assert.Equal(1000, report.TotalPortfolio);
    }
}
