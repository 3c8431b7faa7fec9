namespace FunctionsApp.Core.Ledger;

/// <summary>A part of a lot that was sold.</summary>
public readonly record struct Disposal(Lot Lot, decimal Quantity, decimal Cost, decimal Proceeds, bool LongTerm)
{
    public decimal Gain => Proceeds - Cost;
}
