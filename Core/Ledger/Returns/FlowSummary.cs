namespace FunctionsApp.Core.Ledger;

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
