namespace FunctionsApp.Core.Ledger;

/// <summary>Money from outside or to it at one moment.</summary>
/// <param name="Net">What came in, less what went out.</param>
/// <param name="Withdrawn">What went out.</param>
/// <param name="Value">Of the portfolio when growth goes on from here, without the net; null when it was not calculated.</param>
/// <param name="Growth">The product of the factors of all sub-periods up to then; null when it was not calculated.</param>
public sealed record ExternalFlow(DateTime At, decimal Net, decimal Withdrawn, decimal? Value, double? Growth)
{
    public decimal Deposited => Net + Withdrawn;
}

/// <summary>A portfolio's flows up to a moment.</summary>
public sealed class FlowSummary
{
    /// <summary>The days that had any, in the portfolio's time zone.</summary>
    public DateOnly[] Days { get; init; } = [];

    /// <summary>What came in on each, less what went out.</summary>
    public decimal[] Nets { get; init; } = [];

    /// <summary>The last one.</summary>
    public DateTime? LastAt { get; init; }

    /// <summary>Of the closing prices.</summary>
    public long PricesVersion { get; init; }

    /// <summary>The first day whose close has changed since the growth was calculated.</summary>
    public DateOnly? PricesChanged { get; init; }
}
