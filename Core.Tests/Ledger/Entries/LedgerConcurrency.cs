using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FunctionsApp.Core.Ledger;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>
/// Concurrent writers of one portfolio with random requests, and their responses: what was acknowledged is there, what was refused
/// is not, and the computed state equals that of recording the entries one after another in their order.
/// </summary>
sealed partial class LedgerConcurrency(LedgerDatabase ledger, Guid user, int seed)
{
    const int Days = 400;

    static readonly DateTime start = new(2022, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    readonly string[] symbols = [.. new[] { "INFY", "TCS", "M&M" }.Select(name => name + $"{user:N}"[20..].ToUpperInvariant())];
    readonly ConcurrentDictionary<Guid, LedgerEntry> added = [],
        removed = [];
    readonly ConcurrentQueue<ImportResult> imported = [];
    int moments,
        refused;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public int Added => added.Count;

    public int Removed => removed.Count;

    public int Refused => refused;

    /// <summary>Records and removes entries, at any moments.</summary>
    public async Task WriteAsync(int writer, int steps)
    {
        var random = new Random(seed * 1000 + writer);
        for (var step = 0; step < steps; step++)
        {
            // Any of them: some cannot be removed as long as later entries need their cash.
            if (random.Next(6) == 0 && added.Keys.Where(id => !removed.ContainsKey(id)).ToList() is { Count: > 0 } present)
                await RemoveAsync(present[random.Next(present.Count)]);
            else
                await AddAsync(Some(random), null);
        }
    }

    /// <summary>Records entries under keys that others may use at the same moment for the same entries.</summary>
    public async Task WriteKeyedAsync(
        IEnumerable<(string Key, NewEntry Entry)> requests,
        ConcurrentDictionary<string, ConcurrentBag<LedgerEntry>> responses
    )
    {
        foreach (var (key, entry) in requests)
        {
            if (await AddAsync(entry, key) is { } response)
                responses.GetOrAdd(key, _ => []).Add(response);
        }
    }

    public IReadOnlyList<(string Key, NewEntry Entry)> Keyed(int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => ($"key {i}", Some(random)))];
    }

    /// <summary>A tradebook of purchases, of all symbols.</summary>
    public string Tradebook(int trades)
    {
        var random = new Random(seed);
        var file = new StringBuilder("symbol,trade_date,exchange,trade_type,quantity,price,trade_id,order_execution_time\n");
        for (var i = 0; i < trades; i++)
        {
            var at = Next(random);
            file.Append(
                CultureInfo.InvariantCulture,
                $"{symbols[random.Next(symbols.Length)]},{at:yyyy-MM-dd},NSE,buy,{random.Next(1, 50)},"
                    + $"{random.Next(1_000, 20_000) / 100m},{i},{at:yyyy-MM-ddTHH:mm:ss}Z\n"
            );
        }

        return file.ToString();
    }

    public async Task ImportAsync(string tradebook) => imported.Enqueue(await ledger.ImportAsync(user, CsvText.Utf8(tradebook), "auto"));

    public async Task PriceAsync(int steps)
    {
        var random = new Random(seed + 1);
        for (var step = 0; step < steps; step++)
        {
            await ledger.Prices.WriteAsync(
                [
                    new(
                        symbols[random.Next(symbols.Length)],
                        DateOnly.FromDateTime(start).AddDays(random.Next(Days)),
                        random.Next(1_000, 20_000) / 100m
                    ),
                ],
                Cancel
            );
        }
    }

    /// <summary>
    /// Reads until the others are done. At any time the total less what was invested is explained by gains, income and
    /// fees.
    /// </summary>
    public async Task<int> ReadAsync(Task others, int reader)
    {
        var random = new Random(seed * 1000 - reader);
        var reads = 0;
        do
        {
            await ConsistentAsync(user, random.Next(2) == 0 ? null : Moment.Text(start.AddMinutes(random.Next(Days * 24 * 60))));
            await ledger.Portfolios.ReadTaxLotsAsync(user, null, Cancel);
            await ledger.Portfolios.ReadHistoryAsync(user, null, DateOnly.FromDateTime(start).AddDays(Days + 1), null, Cancel);
            reads++;
        } while (!others.IsCompleted);
        return reads;
    }

    /// <summary>After all have ended.</summary>
    public async Task JudgeAsync()
    {
        var entries = new List<LedgerEntry>();
        entries.AddRange(await ledger.ExportAsync(user));
        var fromFiles = imported.Sum(result => result.Added + result.Deposits);
        Assert.Equal(added.Count - removed.Count + fromFiles, entries.Count);
        Assert.Empty(added.Values.Where(entry => !removed.ContainsKey(entry.Id)).Except(entries));
        Assert.DoesNotContain(entries, entry => removed.ContainsKey(entry.Id));

        var replayed = Guid.CreateVersion7();
        foreach (var entry in entries)
        {
            await ledger.AddAsync(
                replayed,
                new(
                    entry.Type,
                    Moment.Text(entry.At),
                    entry.Symbol,
                    entry.Isin,
                    entry.Quantity,
                    entry.Price,
                    entry.Amount,
                    entry.Charges,
                    entry.Ratio,
                    entry.Type == EntryKind.Split ? entry.Per : null,
                    null,
                    entry.Note
                )
            );
        }

        Assert.Equal(WithoutIds(await ledger.DumpAsync(replayed)), WithoutIds(await ledger.DumpAsync(user)));
        foreach (var day in Enumerable.Range(0, 12).Select(i => start.AddDays(i * Days / 11)).Select(Moment.Text))
        {
            Assert.Equal(await ConsistentAsync(replayed, day), await ConsistentAsync(user, day));
        }
    }

    async Task<string> ConsistentAsync(Guid of, string? at)
    {
        var report = await ledger.ReadAsync(of, at);
        Assert.Equal(report.TotalPortfolio - report.Invested, report.UnrealisedGain + report.RealisedGain + report.Income - report.Fees, 6);
        return JsonSerializer.Serialize(report);
    }

    async Task<LedgerEntry?> AddAsync(NewEntry entry, string? key)
    {
        try
        {
            var response = await ledger.AddAsync(user, entry, key);
            added[response.Id] = response;
            return response;
        }
        catch (RefusedException e) when (e.Refusal == Refusal.Conflict)
        {
            Interlocked.Increment(ref refused);
            return null;
        }
    }

    async Task RemoveAsync(Guid id)
    {
        try
        {
            await ledger.Entries.RemoveAsync(user, id, Cancel);
            Assert.True(removed.TryAdd(id, added[id]), "It was removed twice.");
        }
        // Others may be faster.
        catch (RefusedException e) when (e.Refusal is Refusal.Conflict or Refusal.NotFound)
        {
            Interlocked.Increment(ref refused);
        }
    }

    // Withdrawals and sales are larger than deposits and purchases, so that many are refused.
    NewEntry Some(Random random)
    {
        var (at, symbol) = (Moment.Text(Next(random)), symbols[random.Next(symbols.Length)]);
        return random.Next(20) switch
        {
            < 5 => new(EntryKind.Deposit, at, Amount: random.Next(1, 10_000_000) / 100m),
            5 => new(EntryKind.Withdrawal, at, Amount: random.Next(1, 30_000_000) / 100m),
            6 => new(EntryKind.Dividend, at, symbol, Amount: random.Next(1, 100_000) / 100m),
            7 => new(EntryKind.Fee, at, Amount: random.Next(1, 10_000) / 100m),
            8 => new(EntryKind.Split, at, symbol, Ratio: random.Next(2) == 0 ? 2 : 1.5m),
            < 15 => new(
                EntryKind.Buy,
                at,
                symbol,
                Quantity: random.Next(1, 60),
                Price: random.Next(1_000, 20_000) / 100m,
                Charges: random.Next(500) / 100m
            ),
            _ => new(
                EntryKind.Sell,
                at,
                symbol,
                Quantity: random.Next(1, 120),
                Price: random.Next(1_000, 20_000) / 100m,
                Charges: random.Next(500) / 100m
            ),
        };
    }

    // Random moments, no two the same: entries of one moment would count in the order of recording.
    DateTime Next(Random random) => start.AddDays(random.Next(Days)).AddSeconds(Interlocked.Increment(ref moments));

    static string WithoutIds(string dump) => Id().Replace(dump, "id");

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f-]{27}")]
    private static partial Regex Id();
}
