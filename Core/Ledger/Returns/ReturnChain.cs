namespace FunctionsApp.Core.Ledger;

/// <summary>A chain of returns up to and including the last external flow: all that has to be kept to go on with it.</summary>
/// <param name="Growth">The product of the growth factors of all sub-periods so far. 1: nothing gained or lost. 0: all was lost.</param>
/// <param name="ValueAfter">The total value right after the last flow.</param>
public readonly record struct ReturnChain(double Growth, decimal ValueAfter);
