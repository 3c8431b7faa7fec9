namespace FunctionsApp.Core.Ledger;

/// <summary>A split, and the factor of the version after it.</summary>
internal readonly record struct SplitFactor(DateTime At, decimal Factor);
