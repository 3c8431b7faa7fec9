using System.Globalization;
using System.Text;
using FsCheck.Xunit;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>
/// The same history in our ledger and in a journal of hledger (https://hledger.org), whose command <c>roi</c> prints the internal and the
/// time-weighted rate of return, both per year, and whose command <c>balance</c> prints quantities and their value.
/// </summary>
/// <remarks>
/// <para>
/// hledger knows days only, so entries here have a date alone. What it does with days is in its manual under "roi", and in
/// Hledger.Cli.Commands.Roi: the value at
/// <c>--end</c>, which is exclusive, counts at the beginning of that day, and ours at the end of it, so both are asked about a day on which
/// nothing happens. It calculates the price of a unit only on days of profit and loss, from what was there at the beginning of the day,
/// the day's prices and its profit and loss; so each flow has a transaction beside it that adds and takes one rupee of income, and the
/// first day, on which there are no units yet, has neither. Our flows are valued between the deposits of a moment, which come before
/// everything but splits, and the withdrawals, which come last. Both give the same results for histories with:
/// </para>
/// <list type="bullet">
/// <item>one flow a day at most, and closes of all symbols on such a day;</item>
/// <item>with a deposit, trades at any price but no charges, fees or dividends;</item>
/// <item>with a withdrawal, charges, fees and dividends, but trades at the close;</item>
/// <item>splits on other days, where hledger is given the price of the new units; the ledger calculates it if there is no close;</item>
/// <item>something left after each withdrawal: with no units left hledger has no price of a unit to go on from.</item>
/// </list>
/// <para>It prints percents with two decimals, and rounds the time-weighted return to as many before it makes it a yearly one.</para>
/// </remarks>
public sealed class HledgerTests(PostgresFixture postgres) : IAsyncLifetime
{
    // A hundredth of a percent.
    const double Tolerance = 0.0001;

    readonly LedgerDatabase ledger = new(postgres);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ledger.InitializeAsync();

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    [Property(MaxTest = 15, Skip = Hledger.IsMissing, SkipType = typeof(Hledger), SkipUnless = nameof(Hledger.IsHere))]
    public async Task Random_histories_have_the_same_rates_cash_quantities_and_value(int seed)
    {
        var random = new Random(seed);
        await AgreesAsync(History.Some(random, symbols: random.Next(1, 5), days: random.Next(370, 1_400), moments: random.Next(10, 60)));
    }

    [Fact(Skip = Hledger.IsMissing, SkipType = typeof(Hledger), SkipUnless = nameof(Hledger.IsHere))]
    public async Task A_history_of_five_years_has_the_same_rates_cash_quantities_and_value()
    {
        var history = History.Some(new Random(20261124), symbols: 6, days: 1_825, moments: 400);
        foreach (var kind in Enum.GetValues<EntryKind>())
            Assert.InRange(history.Entries.Count(entry => entry.Type == kind), 10, int.MaxValue);

        await AgreesAsync(history);
    }

    async Task AgreesAsync(History history)
    {
        var user = Guid.CreateVersion7();
        // Prices are shared, so each history has its own symbols.
        var mark = $"{user:N}"[20..].ToUpperInvariant();
        await ledger.Prices.WriteAsync([.. history.Closes.Select(close => close with { Symbol = close.Symbol + mark })], Cancel);
        foreach (var entry in history.Entries)
            await ledger.AddAsync(user, entry.Symbol is null ? entry : entry with { Symbol = entry.Symbol + mark });

        var report = await ledger.ReadAsync(user, Hledger.Text(history.End));
        var journal = history.Journal.ToString();
        var balances = await Hledger.BalancesAsync(journal, history.End, valued: false, Cancel);
        var values = await Hledger.BalancesAsync(journal, history.End, valued: true, Cancel);
        var (irr, twr) = await Hledger.RoiAsync(journal, history.Begin, history.End, Cancel);

        Assert.Equal(balances.GetValueOrDefault("assets:cash"), report.Cash);
        Assert.Equal(
            balances.Where(one => one.Key != "assets:cash").Select(one => (one.Key["assets:securities:".Length..], one.Value)).Order(),
            report.Holdings.Select(one => (one.Symbol[..^mark.Length], one.Quantity))
        );
        Assert.Equal(values.Values.Sum(), report.TotalPortfolio, 6);
        var years = (history.End.DayNumber - history.Begin.DayNumber) / 365.0;
        Assert.Equal((double)irr / 100, report.Xirr ?? throw new InvalidOperationException(report.XirrReason), Tolerance);
        Assert.Equal((double)twr / 100, Math.Pow(1 + report.Twr!.Value, 1 / years) - 1, Tolerance);
    }

    /// <summary>A history as entries and closes, and as a journal.</summary>
    sealed class History
    {
        static readonly string[] names = ["INFY", "TCS", "RELIANCE", "HDFCBANK", "ITC", "SBIN"];
        static readonly decimal[] ratios = [2, 5, 1.5m, 0.5m];

        readonly Random random;
        readonly string[] symbols;
        readonly Dictionary<string, decimal> held = [],
            closes = [];
        decimal cash;

        History(Random random, int symbols)
        {
            this.random = random;
            this.symbols = names[..symbols];
            foreach (var symbol in this.symbols)
                (held[symbol], closes[symbol]) = (0, random.Next(5_000, 200_000) / 100m);
        }

        // Not a leap year: some versions of hledger divide the days of the time-weighted return by the length of the first year.
        public DateOnly Begin { get; } = new(2021, 2, 1);

        public DateOnly End { get; private set; }

        public List<NewEntry> Entries { get; } = [];

        public List<ClosingPrice> Closes { get; } = [];

        public StringBuilder Journal { get; } = new("commodity 1.00000000000000 INR\n");

        public static History Some(Random random, int symbols, int days, int moments)
        {
            var history = new History(random, symbols) { End = new DateOnly(2021, 2, 1).AddDays(days) };
            history.Close(history.Begin);
            history.Money(EntryKind.Deposit, history.Begin, random.Next(10_000_000, 90_000_000) / 100m);
            foreach (var symbol in history.symbols)
                history.Buy(history.Begin, symbol, history.closes[symbol], charges: 0);
            foreach (var day in Enumerable.Range(0, moments).Select(_ => random.Next(1, days)).Distinct().Order())
                history.Go(history.Begin.AddDays(day));
            return history;
        }

        void Go(DateOnly day)
        {
            switch (random.Next(10))
            {
                case < 2:
                    Close(day);
                    Mark(day);
                    Money(EntryKind.Deposit, day, random.Next(100_000, 20_000_000) / 100m);
                    foreach (var symbol in symbols)
                        Trade(day, symbol, Near(closes[symbol]), charges: 0);
                    break;
                case < 4:
                    Close(day);
                    Mark(day);
                    Money(EntryKind.Dividend, day, random.Next(100, 1_000_000) / 100m);
                    if (random.Next(2) == 0)
                        Money(EntryKind.Fee, day, Math.Min(cash, random.Next(100, 20_000) / 100m));
                    foreach (var symbol in symbols)
                        Trade(day, symbol, closes[symbol], Charges());
                    if (Part(cash, 2) is > 0 and var withdrawn)
                        Money(EntryKind.Withdrawal, day, withdrawn);
                    break;
                case 4:
                    Split(day, symbols[random.Next(symbols.Length)]);
                    break;
                case 5:
                    Close(day);
                    break;
                case 6:
                    Money(EntryKind.Dividend, day, random.Next(100, 2_000_000) / 100m);
                    if (cash > 100)
                        Money(EntryKind.Fee, day, random.Next(100, 10_000) / 100m);
                    break;
                default:
                    if (random.Next(3) == 0)
                        Close(day);
                    foreach (var symbol in symbols)
                        Trade(day, symbol, Near(closes[symbol]), Charges());
                    break;
            }
        }

        void Close(DateOnly day)
        {
            foreach (var symbol in symbols)
            {
                closes[symbol] = Near(closes[symbol]);
                Closes.Add(new(symbol, day, closes[symbol]));
                Price(day, symbol);
            }
        }

        void Price(DateOnly day, string symbol) => Write($"P {Hledger.Text(day)} {symbol} {closes[symbol]} INR\n");

        void Mark(DateOnly day) =>
            Write($"{Hledger.Text(day)} valuation\n  assets:cash  0 INR\n  income:valuation  1 INR\n  income:valuation  -1 INR\n\n");

        void Money(EntryKind kind, DateOnly day, decimal amount)
        {
            if (amount == 0)
                return;
            var (other, sign) = kind switch
            {
                EntryKind.Deposit => ("equity:owner", 1),
                EntryKind.Withdrawal => ("equity:owner", -1),
                EntryKind.Dividend => ("income:dividends", 1),
                _ => ("expenses:fees", -1),
            };
            Entries.Add(new(kind, Hledger.Text(day), Amount: amount));
            cash += sign * amount;
            Write($"{Hledger.Text(day)} {kind}\n  assets:cash  {sign * amount} INR\n  {other}\n\n");
        }

        void Trade(DateOnly day, string symbol, decimal price, decimal charges)
        {
            if (random.Next(3) == 0)
                Sell(day, symbol, price, charges);
            else if (random.Next(2) == 0)
                Buy(day, symbol, price, charges);
        }

        void Buy(DateOnly day, string symbol, decimal price, decimal charges)
        {
            var quantity = Quantity(Math.Max(0, cash - charges) / price / symbols.Length);
            if (quantity > 0)
                Trade(EntryKind.Buy, day, symbol, quantity, price, charges);
        }

        void Sell(DateOnly day, string symbol, decimal price, decimal charges)
        {
            var quantity = random.Next(4) == 0 ? held[symbol] : Quantity(held[symbol]);
            if (quantity > 0 && cash + quantity * price >= charges)
                Trade(EntryKind.Sell, day, symbol, quantity, price, charges);
        }

        void Trade(EntryKind kind, DateOnly day, string symbol, decimal quantity, decimal price, decimal charges)
        {
            var units = kind == EntryKind.Buy ? quantity : -quantity;
            Entries.Add(new(kind, Hledger.Text(day), symbol, Quantity: quantity, Price: price, Charges: charges));
            held[symbol] += units;
            cash -= units * price + charges;
            Write($"{Hledger.Text(day)} {kind}\n  assets:securities:{symbol}  {units} {symbol} @ {price} INR\n");
            Write($"  expenses:charges  {charges} INR\n  assets:cash  {-units * price - charges} INR\n\n");
        }

        void Split(DateOnly day, string symbol)
        {
            var ratio = ratios[random.Next(ratios.Length)];
            Entries.Add(new(EntryKind.Split, Hledger.Text(day), symbol, Ratio: ratio));
            Write($"{Hledger.Text(day)} split\n");
            Write($"  assets:securities:{symbol}  {held[symbol] * ratio - held[symbol]} {symbol}\n  income:splits\n\n");
            held[symbol] *= ratio;
            closes[symbol] = Math.Round(closes[symbol] / ratio, 10);
            Price(day, symbol);
        }

        decimal Charges() => random.Next(3) == 0 ? 0 : random.Next(1, 3_000) / 100m;

        // From a tenth less to an eighth more.
        decimal Near(decimal price) => Math.Max(1, Math.Round(price * random.Next(900, 1_125) / 1_000, 2));

        // Whole units, or four decimals.
        decimal Quantity(decimal most) => Part(most, random.Next(3) == 0 ? 4 : 0);

        decimal Part(decimal whole, int decimals) => Math.Round(whole * random.Next(10, 70) / 100, decimals, MidpointRounding.ToZero);

        void Write(FormattableString text) => Journal.Append(text.ToString(CultureInfo.InvariantCulture));
    }
}
