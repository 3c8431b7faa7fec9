namespace FunctionsApp.Core.Ledger;

/// <summary>A chain of returns up to and including the last external flow: all that is needed to continue it.</summary>
/// <param name="Growth">The product of the growth factors of all sub-periods so far. 1 means no gain or loss, 0 a total loss.</param>
/// <param name="ValueAfter">The total value right after the last flow.</param>
public readonly record struct ReturnChain(double Growth, decimal ValueAfter);
