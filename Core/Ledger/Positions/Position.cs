namespace FunctionsApp.Core.Ledger;

/// <summary>
/// Follows an instrument's entries, or those of the cash account, in their order. Sales take what came in first. Lots are kept as stretches
/// of the units that came in, so what is held follows from one number, how many have been sold, and only a split rewrites them.
/// </summary>
/// <param name="start">After the entries so far.</param>
/// <param name="open">The lots that the entries to come will take of, in order, beginning with the one that the next unit to be sold is
/// in.</param>
/// <param name="complete">Whether these are all that are held.</param>
public sealed class Position(PositionVersion start, IEnumerable<Lot> open, bool complete, HoldingPeriod holding)
{
    readonly Queue<Lot> open = new(open);

    /// <summary>After the last entry.</summary>
    public PositionVersion Now { get; private set; } = start;

    /// <summary>Lots that were created.</summary>
    public List<Lot> Added { get; } = [];

    /// <summary>What the last entry, a sale, has taken.</summary>
    public List<Disposal> Disposals { get; } = [];

    /// <summary>Goes on by one entry.</summary>
    /// <returns>What was missing, and nothing has changed; null when nothing was.</returns>
    /// <exception cref="OverflowException">A sum has more digits than can be kept.</exception>
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

    // What is held is counted from zero again. Each lot ends with its last unit, rounded down: so the lots add up to the whole.
    // What is rounded away takes its cost along.
    PositionVersion Split(LedgerEntry entry)
    {
        decimal ratio = entry.Ratio!.Value,
            per = entry.Per ?? 1,
            held = 0,
            lost = 0;
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
            SplitFactor = Amounts.Normal(Now.SplitFactor * ratio / per),
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
        quantity < Amounts.Limit ? quantity : throw new OverflowException($"More than {Amounts.Limit} units cannot be kept.");
}
