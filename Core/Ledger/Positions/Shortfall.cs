namespace FunctionsApp.Core.Ledger;

/// <summary>More was sold than was held.</summary>
/// <param name="Held">Units that were.</param>
public sealed record Shortfall(LedgerEntry Sale, decimal Held)
{
    /// <summary>Units that were missing.</summary>
    public decimal Missing => Sale.Quantity!.Value - Held;
}
