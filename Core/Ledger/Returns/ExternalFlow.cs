namespace FunctionsApp.Core.Ledger;

/// <summary>The external flows of one moment.</summary>
/// <param name="Net">What came in, less what went out.</param>
/// <param name="Withdrawn">What went out.</param>
/// <param name="Value">The value of the portfolio after the flow, less the net flow; null if it was not calculated.</param>
/// <param name="Growth">The product of the factors of all sub-periods up to then; null if it was not calculated.</param>
public sealed record ExternalFlow(DateTime At, decimal Net, decimal Withdrawn, decimal? Value, double? Growth)
{
    public decimal Deposited => Net + Withdrawn;
}
