namespace FunctionsApp.Core.Ledger;

/// <summary>The position of an instrument, or of the cash account, after one of its entries. All sums run from its first entry.</summary>
public record PositionVersion
{
    /// <summary>The entry; null before the first.</summary>
    public Place? Place { get; init; }

    /// <summary>Units held.</summary>
    public decimal Quantity { get; init; }

    /// <summary>What the units held have cost, with charges: first in, first out.</summary>
    public decimal Cost { get; init; }

    /// <summary>What sales brought, less charges and the cost of what was sold.</summary>
    public decimal Realised { get; init; }

    /// <summary>The part of it on lots that were held for a long term.</summary>
    public decimal RealisedLong { get; init; }

    /// <summary>What the entries have added to the cash account; below zero while more was spent.</summary>
    public decimal Cash { get; init; }

    /// <summary>Dividends.</summary>
    public decimal Income { get; init; }

    public decimal Fees { get; init; }

    public decimal Deposits { get; init; }

    public decimal Withdrawals { get; init; }

    /// <summary>Counts the splits. Units of different eras are not the same.</summary>
    public int Era { get; init; }

    /// <summary>Units of this era that have been sold.</summary>
    public decimal Sold { get; init; }

    /// <summary>What the last trade paid for a unit, in units as they are now.</summary>
    public decimal? TradePrice { get; init; }

    public DateTime? TradeAt { get; init; }

    public DateTime? SplitAt { get; init; }

    /// <summary>How many units of now were one before the first split.</summary>
    public decimal SplitFactor { get; init; } = 1;

    /// <summary>Units of this era that have come in.</summary>
    public decimal Bought => Sold + Quantity;
}

/// <summary>
/// The units that came in with one purchase: those of the era after <paramref name="Upto"/> − <paramref name="Quantity"/> and up
/// to <paramref name="Upto"/>.
/// </summary>
/// <param name="OpenedAt">When they were bought, in whatever era.</param>
/// <param name="Cost">Of all of them, with charges.</param>
public sealed record Lot(int Era, decimal Upto, Guid EntryId, DateTime OpenedAt, decimal Quantity, decimal Cost)
{
    /// <summary>What the units of this lot cost that are among the first <paramref name="sold"/> of the era.</summary>
    public decimal CostOf(decimal sold) => Amounts.Share(Cost, Math.Clamp(sold - (Upto - Quantity), 0, Quantity), Quantity);
}

/// <summary>A part of a lot that a sale has taken.</summary>
public readonly record struct Disposal(Lot Lot, decimal Quantity, decimal Cost, decimal Proceeds, bool LongTerm)
{
    public decimal Gain => Proceeds - Cost;
}

/// <summary>When a holding counts as held for a long term: sold after the day so many months after the purchase.</summary>
public sealed record HoldingPeriod(TimeZoneInfo Zone, int Months)
{
    public bool IsLong(DateTime opened, DateTime sold) => Moment.DayOf(sold, Zone) > LongAfter(opened);

    /// <summary>The last day of the short term.</summary>
    public DateOnly LongAfter(DateTime opened) => Moment.DayOf(opened, Zone).AddMonths(Months);
}

/// <summary>More was sold than was held.</summary>
/// <param name="Held">Units that were.</param>
public sealed record Shortfall(LedgerEntry Sale, decimal Held)
{
    /// <summary>Units that were missing.</summary>
    public decimal Missing => Sale.Quantity!.Value - Held;
}

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
        Now = next with { Place = entry.Place, Cash = Amounts.Sum(Now.Cash, entry.Cash) };
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
                quantity = Math.Min(lot.Upto - before, total - taken),
                after = before + quantity;
            var part = new Disposal(
                lot,
                quantity,
                lot.CostOf(after) - lot.CostOf(before),
                Amounts.Share(entry.Cash, taken + quantity, total) - Amounts.Share(entry.Cash, taken, total),
                holding.IsLong(lot.OpenedAt, entry.At)
            );
            Disposals.Add(part);
            taken += quantity;
            cost = Amounts.Sum(cost, part.Cost);
            gain = Amounts.Sum(gain, part.Gain);
            if (part.LongTerm)
                gainLong = Amounts.Sum(gainLong, part.Gain);
            if (after == lot.Upto)
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
            var upto = Limited(
                Amounts.Normal(
                    Math.Round(Amounts.Product(lot.Upto - Now.Sold, ratio) / per, Amounts.QuantityDecimals, MidpointRounding.ToZero)
                )
            );
            var cost = Amounts.Sum(lot.Cost, -lot.CostOf(Now.Sold));
            if (upto > held)
                Add(new(Now.Era + 1, upto, lot.EntryId, lot.OpenedAt, Amounts.Sum(upto, -held), cost));
            else
                lost = Amounts.Sum(lost, cost);
            held = upto;
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
