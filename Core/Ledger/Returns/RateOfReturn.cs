namespace FunctionsApp.Core.Ledger;

/// <summary>A rate, or the reason why there is none: exactly one of them is null.</summary>
/// <param name="Rate">Per year: 0.1 is 10%.</param>
public readonly record struct RateOfReturn(double? Rate, string? Reason);
