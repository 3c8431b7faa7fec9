using FunctionsApp.Core.Ledger;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>The plain model: a list of entries, replayed from the first one for each question, without rounding.</summary>
sealed class SlowLedger(PortfolioSettings settings)
{
    readonly Dictionary<(string Symbol, DateOnly Date), decimal> prices = [];

    public List<LedgerEntry> Entries { get; } = [];

    public void Price(string symbol, DateOnly date, decimal close) => prices[(symbol, date)] = close;

    /// <summary>
    /// Whether a history is possible: no sale exceeds what is held, cash is never below zero, and no instrument is split twice at one
    /// moment.
    /// </summary>
    public static bool IsPossible(IEnumerable<LedgerEntry> entries)
    {
        var held = new Dictionary<string, decimal>();
        decimal cash = 0;
        foreach (var moment in entries.GroupBy(entry => entry.At).OrderBy(group => group.Key))
        {
            foreach (var entry in moment.OrderBy(entry => entry.Type).ThenBy(entry => entry.Id))
            {
                cash += CashOf(entry);
                if (entry.Symbol is null)
                    continue;
                var before = held.GetValueOrDefault(entry.Symbol);
                var after = entry.Type switch
                {
                    EntryKind.Buy => before + entry.Quantity!.Value,
                    EntryKind.Sell => before - entry.Quantity!.Value,
                    EntryKind.Split => (Fraction.Of(before) * Fraction.Of(entry.Ratio!.Value) / Fraction.Of(entry.Per!.Value)).Cut(10),
                    _ => before,
                };
                if (after < 0)
                    return false;
                held[entry.Symbol] = after;
            }

            if (
                cash < 0
                || moment.Where(entry => entry.Type == EntryKind.Split).GroupBy(entry => entry.Symbol).Any(splits => splits.Count() > 1)
            )
                return false;
        }

        return true;
    }

    /// <summary>The portfolio after all entries up to and at a moment.</summary>
    public Valuation AsOf(DateTime at) => Value(at, Replay(entry => entry.At <= at));

    /// <summary>
    /// The product of value before each flow by value after the one before it, and then the value at the moment. At a moment deposits come
    /// after splits and before all other entries, withdrawals last: the order of a replay.
    /// </summary>
    public double? TimeWeighted(DateTime at)
    {
        double? growth = null;
        Fraction after = default;
        (DateTime At, EntryKind Kind)? flow = null;
        var valuation = new Valuation();
        var replayed = new List<LedgerEntry>();
        foreach (var entry in Replay(entry => entry.At <= at))
        {
            if (IsExternal(entry))
            {
                // Deposits of one moment are one flow, and so are its withdrawals.
                if (flow != (entry.At, entry.Type))
                {
                    SetPrices(valuation, entry.At, replayed);
                    growth = Next(valuation.Total);
                    after = valuation.Total;
                    flow = (entry.At, entry.Type);
                }

                after += Fraction.Of(CashOf(entry));
            }

            Apply(valuation, entry);
            replayed.Add(entry);
        }

        return growth is null ? null : Next(AsOf(at).Total) - 1;

        double Next(Fraction value) =>
            growth is not { } so ? 1
            : after > Fraction.Zero
                ? value > Fraction.Zero ? so * (double)(value / after).Cut(15)
                    : 0
            : so;
    }

    /// <summary>By bisection between −99.9% and +100,000%; null if that does not find one rate.</summary>
    public double? MoneyWeighted(DateTime at)
    {
        var last = Day(at);
        (double Years, double Amount)[] flows =
        [
            .. Entries
                .Where(entry => entry.At <= at && IsExternal(entry))
                .Select(entry => ((last.DayNumber - Day(entry.At).DayNumber) / 365.0, (double)CashOf(entry))),
            (0, -(double)AsOf(at).Total.Cut(10)),
        ];
        double low = -0.999,
            high = 1000;
        if (Math.Sign(Worth(low)) == Math.Sign(Worth(high)))
            return null;
        for (var i = 0; i < 200; i++)
        {
            var middle = (low + high) / 2;
            if (Math.Sign(Worth(middle)) == Math.Sign(Worth(low)))
                low = middle;
            else
                high = middle;
        }

        return low;

        double Worth(double rate) => flows.Sum(flow => flow.Amount * Math.Pow(1 + rate, flow.Years));
    }

    public static decimal CashOf(LedgerEntry entry) =>
        entry.Type switch
        {
            EntryKind.Deposit or EntryKind.Dividend => entry.Amount!.Value,
            EntryKind.Withdrawal or EntryKind.Fee => -entry.Amount!.Value,
            EntryKind.Buy => -(entry.Quantity!.Value * entry.Price!.Value) - entry.Charges!.Value,
            EntryKind.Sell => entry.Quantity!.Value * entry.Price!.Value - entry.Charges!.Value,
            _ => 0,
        };

    static bool IsExternal(LedgerEntry entry) => entry.Type is EntryKind.Deposit or EntryKind.Withdrawal;

    DateOnly Day(DateTime at) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTimeFromUtc(at, settings.Zone));

    IEnumerable<LedgerEntry> Replay(Func<LedgerEntry, bool> counts) =>
        Entries.Where(counts).OrderBy(entry => entry.At).ThenBy(entry => entry.Type).ThenBy(entry => entry.Id);

    Valuation Value(DateTime at, IEnumerable<LedgerEntry> replayed)
    {
        LedgerEntry[] entries = [.. replayed];
        var valuation = new Valuation();
        foreach (var entry in entries)
            Apply(valuation, entry);
        SetPrices(valuation, at, entries);
        return valuation;
    }

    void Apply(Valuation valuation, LedgerEntry entry)
    {
        valuation.Cash += CashOf(entry);
        if (entry.Type == EntryKind.Deposit)
            valuation.Deposits += entry.Amount!.Value;
        if (entry.Type == EntryKind.Withdrawal)
            valuation.Withdrawals += entry.Amount!.Value;
        if (entry.Symbol is null)
            return;
        if (!valuation.Positions.TryGetValue(entry.Symbol, out var position))
            valuation.Positions[entry.Symbol] = position = new();
        position.Apply(entry, settings.Holding);
    }

    void SetPrices(Valuation valuation, DateTime at, IReadOnlyList<LedgerEntry> entries)
    {
        foreach (var (symbol, position) in valuation.Positions)
            position.Price = PriceOf(symbol, at, position, entries);
    }

    // The last close whose day had ended, for current units, or the price of the last trade. A close is for units at the end of its day.
    Fraction PriceOf(string symbol, DateTime at, Position position, IReadOnlyList<LedgerEntry> entries)
    {
        var day = Day(at.AddMicroseconds(1)).AddDays(-1);
        var last = prices
            .Where(price => price.Key.Symbol == symbol && price.Key.Date <= day)
            .OrderByDescending(price => price.Key.Date)
            .FirstOrDefault();
        if (last.Key.Symbol is null)
            return position.TradePrice;
        var price = Fraction.Of(last.Value);
        foreach (
            var split in entries.Where(entry => entry.Type == EntryKind.Split && entry.Symbol == symbol && Day(entry.At) > last.Key.Date)
        )
        {
            price = price * Fraction.Of(split.Per!.Value) / Fraction.Of(split.Ratio!.Value);
        }

        return price;
    }

    public sealed class Valuation
    {
        public decimal Cash { get; set; }

        public decimal Deposits { get; set; }

        public decimal Withdrawals { get; set; }

        public Dictionary<string, Position> Positions { get; } = [];

        public Fraction Total => Positions.Values.Aggregate(Fraction.Of(Cash), (sum, position) => sum + position.MarketValue);
    }

    public sealed class Position
    {
        readonly List<(DateTime Opened, decimal Quantity, Fraction Cost)> lots = [];

        public decimal Quantity => lots.Sum(lot => lot.Quantity);

        public Fraction Cost => lots.Aggregate(Fraction.Zero, (sum, lot) => sum + lot.Cost);

        public Fraction Realised { get; private set; } = Fraction.Zero;

        public Fraction RealisedLong { get; private set; } = Fraction.Zero;

        public Fraction TradePrice { get; private set; } = Fraction.Zero;

        public Fraction Price { get; set; } = Fraction.Zero;

        public Fraction MarketValue => Fraction.Of(Quantity) * Price;

        public IReadOnlyList<(DateTime Opened, decimal Quantity, Fraction Cost)> Lots => lots;

        public void Apply(LedgerEntry entry, HoldingPeriod holding)
        {
            switch (entry.Type)
            {
                case EntryKind.Buy:
                    lots.Add((entry.At, entry.Quantity!.Value, Fraction.Of(-CashOf(entry))));
                    TradePrice = Fraction.Of(entry.Price!.Value);
                    break;
                case EntryKind.Sell:
                    TradePrice = Fraction.Of(entry.Price!.Value);
                    for (var left = entry.Quantity!.Value; left > 0; )
                    {
                        var (opened, quantity, cost) = lots[0];
                        var taken = Math.Min(left, quantity);
                        var part = cost * Fraction.Of(taken) / Fraction.Of(quantity);
                        var gain = Fraction.Of(CashOf(entry)) * Fraction.Of(taken) / Fraction.Of(entry.Quantity.Value) - part;
                        Realised += gain;
                        if (holding.IsLong(opened, entry.At))
                            RealisedLong += gain;
                        if (taken == quantity)
                            lots.RemoveAt(0);
                        else
                            lots[0] = (opened, quantity - taken, cost - part);
                        left -= taken;
                    }

                    break;
                case EntryKind.Split:
                    var ratio = Fraction.Of(entry.Ratio!.Value) / Fraction.Of(entry.Per!.Value);
                    TradePrice /= ratio;
                    decimal held = 0,
                        counted = 0;
                    for (var i = 0; i < lots.Count; i++)
                    {
                        held += lots[i].Quantity;
                        var lastUnit = (Fraction.Of(held) * ratio).Cut(10);
                        lots[i] = (lots[i].Opened, lastUnit - counted, lots[i].Cost);
                        counted = lastUnit;
                    }

                    foreach (var lot in lots.Where(lot => lot.Quantity == 0))
                        Realised -= lot.Cost;
                    lots.RemoveAll(lot => lot.Quantity == 0);
                    break;
            }
        }
    }
}
