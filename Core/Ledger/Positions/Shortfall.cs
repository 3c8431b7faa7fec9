namespace FunctionsApp.Core.Ledger;

/// <summary>More was sold than was held.</summary>
/// <param name="Held">The units that were held.</param>
public sealed record Shortfall(LedgerEntry Sale, decimal Held)
{
    /// <summary>The units that were missing.</summary>
    public decimal Missing => Sale.Quantity!.Value - Held;
}
