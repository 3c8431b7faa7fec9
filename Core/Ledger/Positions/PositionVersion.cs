namespace FunctionsApp.Core.Ledger;

/// <summary>The position of an instrument, or of the cash account, after one of its entries. All sums run from its first entry.</summary>
public record PositionVersion
{
    /// <summary>The entry; null before the first.</summary>
    public EntryPosition? EntryPosition { get; init; }

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
