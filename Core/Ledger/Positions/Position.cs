namespace FunctionsApp.Core.Ledger;

/// <summary>
/// The position of an instrument, or of the cash account, to which entries are applied in their order. Sales take the oldest lots first.
/// Lots are ranges of the numbered units that came in, so the number of units sold determines which are still held, and only a split
/// rewrites them.
/// </summary>
/// <param name="start">The position before the entries.</param>
/// <param name="open">The lots that the entries will sell, in order, beginning with the one that contains the next unit to be sold.</param>
/// <param name="complete">Whether these are all lots that are held.</param>
public sealed class Position(PositionVersion start, IEnumerable<Lot> open, bool complete, HoldingPeriod holding)
{
    // What all splits together make of one unit: closes from before them are still divided by it with enough digits.
    const decimal MostOfUnit = 1_000_000_000,
        LeastOfUnit = 0.000000001m;

    readonly Queue<Lot> open = new(open);

    /// <summary>The position after the last entry.</summary>
    public PositionVersion Now { get; private set; } = start;

    /// <summary>The lots that were created.</summary>
    public List<Lot> Added { get; } = [];

    /// <summary>The parts of lots that the last entry, a sale, has sold.</summary>
    public List<Disposal> Disposals { get; } = [];

    /// <summary>Applies an entry.</summary>
    /// <returns>The shortfall of a sale that was not applied; null if the entry was applied.</returns>
    /// <exception cref="OverflowException">A sum has more digits than can be stored, or splits make too many or too few units of
    /// one.</exception>
    public Shortfall? Apply(LedgerEntry entry)
    {
        Disposals.Clear();
        if (entry.Type == EntryKind.Sell && entry.Quantity > Now.Quantity)
            return new(entry, Now.Quantity);

        var next = entry.Type switch
        {
            EntryKind.Buy => Buy(entry),
            EntryKind.Sell => Sell(entry),
            EntryKind.Split => Split(entry),
            EntryKind.Deposit => Now with { Deposits = Amounts.Sum(Now.Deposits, entry.Cash) },
            EntryKind.Withdrawal => Now with { Withdrawals = Amounts.Sum(Now.Withdrawals, -entry.Cash) },
            EntryKind.Dividend => Now with { Income = Amounts.Sum(Now.Income, entry.Cash) },
            EntryKind.Fee => Now with { Fees = Amounts.Sum(Now.Fees, -entry.Cash) },
            _ => throw new ArgumentOutOfRangeException(nameof(entry), entry.Type, "No such kind of entry."),
        };
        Now = next with { EntryPosition = entry.EntryPosition, Cash = Amounts.Sum(Now.Cash, entry.Cash) };
        return null;
    }

    PositionVersion Buy(LedgerEntry entry)
    {
        var quantity = Amounts.Normal(entry.Quantity!.Value);
        var held = Limited(Amounts.Sum(Now.Quantity, quantity));
        Add(new(Now.Era, Limited(Amounts.Sum(Now.Sold, held)), entry.Id, entry.At, quantity, -entry.Cash));
        return Now with { Quantity = held, Cost = Amounts.Sum(Now.Cost, -entry.Cash), TradePrice = entry.Price, TradeAt = entry.At };
    }

    PositionVersion Sell(LedgerEntry entry)
    {
        decimal total = Amounts.Normal(entry.Quantity!.Value),
            taken = 0,
            cost = 0,
            gain = 0,
            gainLong = 0;
        while (taken < total)
        {
            var lot = open.Peek();
            decimal before = Now.Sold + taken,
                quantity = Math.Min(lot.LastUnit - before, total - taken),
                after = before + quantity;
            var part = new Disposal(
                lot,
                quantity,
                lot.CostOf(after) - lot.CostOf(before),
                Amounts.ProRata(entry.Cash, taken + quantity, total) - Amounts.ProRata(entry.Cash, taken, total),
                holding.IsLong(lot.OpenedAt, entry.At)
            );
            Disposals.Add(part);
            taken += quantity;
            cost = Amounts.Sum(cost, part.Cost);
            gain = Amounts.Sum(gain, part.Gain);
            if (part.LongTerm)
                gainLong = Amounts.Sum(gainLong, part.Gain);
            if (after == lot.LastUnit)
                open.Dequeue();
        }

        return Now with
        {
            Quantity = Amounts.Sum(Now.Quantity, -total),
            Sold = Amounts.Sum(Now.Sold, total),
            Cost = Amounts.Sum(Now.Cost, -cost),
            Realised = Amounts.Sum(Now.Realised, gain),
            RealisedLong = Amounts.Sum(Now.RealisedLong, gainLong),
            TradePrice = entry.Price,
            TradeAt = entry.At,
        };
    }

    // The units held are numbered from zero again. The last unit of each lot is rounded down, so the lots add up to the whole. The cost of
    // lots that are rounded away is a loss.
    PositionVersion Split(LedgerEntry entry)
    {
        decimal ratio = entry.Ratio!.Value,
            per = entry.Per ?? 1,
            factor = Amounts.Normal(Now.SplitFactor * ratio / per),
            held = 0,
            lost = 0;
        if (factor is < LeastOfUnit or > MostOfUnit)
            throw new OverflowException("Together, the splits of a share may turn one unit into 0.000000001 to 1000000000 units.");
        Lot[] before = [.. open];
        open.Clear();
        foreach (var lot in before)
        {
            var lastUnit = Limited(
                Amounts.Normal(
                    Math.Round(Amounts.Product(lot.LastUnit - Now.Sold, ratio) / per, Amounts.QuantityDecimals, MidpointRounding.ToZero)
                )
            );
            var cost = Amounts.Sum(lot.Cost, -lot.CostOf(Now.Sold));
            if (lastUnit > held)
                Add(new(Now.Era + 1, lastUnit, lot.EntryId, lot.OpenedAt, Amounts.Sum(lastUnit, -held), cost));
            else
                lost = Amounts.Sum(lost, cost);
            held = lastUnit;
        }

        return Now with
        {
            Era = Now.Era + 1,
            Sold = 0,
            Quantity = held,
            Cost = Amounts.Sum(Now.Cost, -lost),
            Realised = Amounts.Sum(Now.Realised, -lost),
            SplitAt = entry.At,
            SplitFactor = factor,
            TradePrice = Now.TradePrice is { } price ? Amounts.Normal(Math.Round(price * per / ratio, Amounts.CostDecimals)) : null,
        };
    }

    void Add(Lot lot)
    {
        Added.Add(lot);
        if (complete)
            open.Enqueue(lot);
    }

    static decimal Limited(decimal quantity) =>
        quantity < Amounts.Limit ? quantity : throw new OverflowException($"More than {Amounts.Limit} units cannot be stored.");
}
