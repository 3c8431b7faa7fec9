namespace FunctionsApp.Core.Ledger;

/// <summary>The position of an instrument, or of the cash account, after one of its entries. All sums run from its first entry.</summary>
public record PositionVersion
{
    /// <summary>The entry; null before the first.</summary>
    public EntryPosition? EntryPosition { get; init; }

    /// <summary>Units held.</summary>
    public decimal Quantity { get; init; }

    /// <summary>The cost of the units held, with charges: first in, first out.</summary>
    public decimal Cost { get; init; }

    /// <summary>The gain of sales: proceeds less charges and cost.</summary>
    public decimal Realised { get; init; }

    /// <summary>The part of that gain that is long-term.</summary>
    public decimal RealisedLong { get; init; }

    /// <summary>The sum of what the entries have added to the cash account; negative while more was spent.</summary>
    public decimal Cash { get; init; }

    /// <summary>Dividends.</summary>
    public decimal Income { get; init; }

    public decimal Fees { get; init; }

    public decimal Deposits { get; init; }

    public decimal Withdrawals { get; init; }

    /// <summary>The number of splits. Units of different eras are not the same.</summary>
    public int Era { get; init; }

    /// <summary>The units of this era that were sold.</summary>
    public decimal Sold { get; init; }

    /// <summary>The price of one current unit in the last trade.</summary>
    public decimal? TradePrice { get; init; }

    public DateTime? TradeAt { get; init; }

    public DateTime? SplitAt { get; init; }

    /// <summary>The number of current units that were one unit before the first split.</summary>
    public decimal SplitFactor { get; init; } = 1;

    /// <summary>The units of this era that came in.</summary>
    public decimal Bought => Sold + Quantity;
}
