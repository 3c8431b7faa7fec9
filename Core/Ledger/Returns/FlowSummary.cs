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

/// <summary>A portfolio's flows up to a moment.</summary>
public sealed class FlowSummary
{
    /// <summary>The days with flows, in the portfolio's time zone.</summary>
    public DateOnly[] Days { get; init; } = [];

    /// <summary>The net flow of each day.</summary>
    public decimal[] Nets { get; init; } = [];

    /// <summary>The moment of the last flow.</summary>
    public DateTime? LastAt { get; init; }

    /// <summary>The stored value of the portfolio right after the last flow; null if it was not calculated.</summary>
    public decimal? LastValueAfter { get; init; }

    /// <summary>As <see cref="ExternalFlow.Growth"/>, of the last flow.</summary>
    public double? LastGrowth { get; init; }
}
