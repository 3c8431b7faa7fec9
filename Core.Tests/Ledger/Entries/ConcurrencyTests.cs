using System.Collections.Concurrent;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>Many at once, on one portfolio and on several.</summary>
public sealed class ConcurrencyTests(PostgresFixture postgres) : IAsyncLifetime
{
    readonly LedgerDatabase ledger = new(postgres);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ledger.InitializeAsync();

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    [Fact]
    public async Task Ten_concurrent_writers_of_one_portfolio_lose_nothing_and_leave_the_state_of_a_replay()
    {
        var portfolio = new LedgerConcurrency(ledger, Guid.CreateVersion7(), seed: 1);
        var responses = new ConcurrentDictionary<string, ConcurrentBag<LedgerEntry>>();
        var (keyed, tradebook) = (portfolio.Keyed(40), portfolio.Tradebook(80));
        var writers = Task.WhenAll([
            .. Enumerable.Range(0, 6).Select(i => Task.Run(() => portfolio.WriteAsync(i, 40), Cancel)),
            .. Enumerable.Range(0, 2).Select(_ => Task.Run(() => portfolio.WriteKeyedAsync(keyed, responses), Cancel)),
            .. Enumerable.Range(0, 2).Select(_ => Task.Run(() => portfolio.ImportAsync(tradebook), Cancel)),
            Task.Run(() => portfolio.PriceAsync(60), Cancel),
        ]);
        var readers = Enumerable.Range(1, 3).Select(i => Task.Run(() => portfolio.ReadAsync(writers, i), Cancel)).ToList();

        await writers;
        await Task.WhenAll(readers);

        await portfolio.JudgeAsync();
        Assert.All(responses.Values, all => Assert.Single(all.Distinct()));
        var twice = responses.Values.Count(all => all.Count == 2);
        Assert.True(
            portfolio.Added > 80 && portfolio.Removed > 10 && portfolio.Refused > 10 && twice > 10,
            $"Too little happened for the test to mean something: {portfolio.Added} added, {portfolio.Removed} removed, "
                + $"{portfolio.Refused} refused, {twice} keys used twice."
        );
    }

    [Fact]
    public async Task Ten_portfolios_changed_together_do_not_affect_each_other()
    {
        LedgerConcurrency[] portfolios =
        [
            .. Enumerable.Range(0, 10).Select(i => new LedgerConcurrency(ledger, Guid.CreateVersion7(), seed: 10 + i)),
        ];

        await Task.WhenAll(
            portfolios.Select(portfolio =>
                Task.Run(
                    async () =>
                    {
                        var writers = Task.WhenAll(
                            portfolio.WriteAsync(1, 25),
                            portfolio.ImportAsync(portfolio.Tradebook(10)),
                            portfolio.PriceAsync(5)
                        );
                        await Task.WhenAll(writers, portfolio.ReadAsync(writers, 1));
                    },
                    Cancel
                )
            )
        );

        foreach (var portfolio in portfolios)
            await portfolio.JudgeAsync();
    }

    [Fact]
    public async Task The_first_requests_of_a_user_can_be_concurrent()
    {
        for (var i = 0; i < 10; i++)
        {
            var user = Guid.CreateVersion7();
            await Task.WhenAll(
                Task.Run(() => ledger.AddAsync(user, new(EntryKind.Deposit, "2024-01-01", Amount: 1)), Cancel),
                Task.Run(() => ledger.AddAsync(user, new(EntryKind.Deposit, "2024-01-01", Amount: 2)), Cancel),
                Task.Run(() => ledger.ReadAsync(user), Cancel)
            );

            Assert.Equal(3, (await ledger.ReadAsync(user)).Cash);
        }
    }

    [Fact]
    public async Task Settings_and_a_first_entry_sent_together_apply_one_after_the_other()
    {
        var settings = new PortfolioSettings("USD", "UTC", 24, 1);
        for (var i = 0; i < 10; i++)
        {
            var user = Guid.CreateVersion7();
            var add = Task.Run(() => ledger.AddAsync(user, new(EntryKind.Deposit, "2024-01-01", Amount: 1)), Cancel);
            var write = Task.Run(() => ledger.Portfolios.WriteSettingsAsync(user, settings, Cancel), Cancel);
            var entry = await add;
            var written = await Record.ExceptionAsync(() => write) is null;

            Assert.Equal(written ? settings : PortfolioSettings.Default, await ledger.Portfolios.ReadSettingsAsync(user, Cancel));
            Assert.Equal(Moment.EndOf(new(2024, 1, 1), (written ? settings : PortfolioSettings.Default).Zone), entry.At);
        }
    }

    [Fact]
    public async Task A_key_used_concurrently_makes_one_entry_and_gives_both_the_same_response()
    {
        var user = Guid.CreateVersion7();
        for (var i = 0; i < 10; i++)
        {
            var (key, entry) = ($"{i}", new NewEntry(EntryKind.Deposit, "2024-01-01", Amount: 1));

            var responses = await Task.WhenAll(
                Enumerable.Range(0, 4).Select(_ => Task.Run(() => ledger.AddAsync(user, entry, key), Cancel))
            );

            Assert.Single(responses.Distinct());
            Assert.Equal(i + 1, (await ledger.ReadAsync(user)).Cash);
        }
    }

    [Fact]
    public async Task A_key_used_concurrently_for_different_entries_belongs_to_the_first()
    {
        var user = Guid.CreateVersion7();
        var adds = Enumerable
            .Range(1, 2)
            .Select(amount => Task.Run(() => ledger.AddAsync(user, new(EntryKind.Deposit, "2024-01-01", Amount: amount), "one"), Cancel))
            .ToList();
        var refusals = new[] { await Record.ExceptionAsync(() => adds[0]), await Record.ExceptionAsync(() => adds[1]) };

        Assert.Equal(Refusal.KeyReused, Assert.IsType<RefusedException>(Assert.Single(refusals.OfType<Exception>())).Refusal);
        Assert.Equal(refusals[0] is null ? 1 : 2, (await ledger.ReadAsync(user)).Cash);
    }

    /// <summary>
    /// Two requests may calculate growth at once. The slower one, whose closing prices are older, must not replace what the other has
    /// kept.
    /// </summary>
    [Fact]
    public async Task Growth_calculated_with_older_prices_does_not_replace_newer_growth()
    {
        var user = Guid.CreateVersion7();
        var symbol = $"T{user:N}".ToUpperInvariant();
        await ledger.AddAsync(user, new(EntryKind.Deposit, "2024-01-01", Amount: 1000));
        await ledger.AddAsync(user, new(EntryKind.Buy, "2024-01-01", symbol, Quantity: 10, Price: 100));
        await ledger.AddAsync(user, new(EntryKind.Deposit, "2024-02-01", Amount: 1000));
        await ledger.PriceAsync(symbol, "2024-01-31", 110);
        var slow = (await ledger.PortfolioStore.ReadAsync(user, Cancel))!;
        var slowFlows = new[] { new ExternalFlow(Moment.EndOf(new(2024, 2, 1), slow.Settings.Zone), 1000, 0, 1100, 1.1) };
        var slowPrices = (long)(await Sql.RunAsync(ledger.ConnectionString, "select version from price_versions"))!;
        await ledger.PriceAsync(symbol, "2024-02-01", 200);
        var report = await ledger.ReadAsync(user, "2024-03-01");
        var kept = (await ledger.PortfolioStore.ReadAsync(user, Cancel))!;

        await ledger.PortfolioStore.WriteGrowthAsync(slow, slowPrices, slowFlows, Cancel);

        Assert.Equal(kept, await ledger.PortfolioStore.ReadAsync(user, Cancel));
        Assert.Equal((1.0, 1.0), (report.Twr, (await ledger.ReadAsync(user, "2024-03-01")).Twr));
    }
}
