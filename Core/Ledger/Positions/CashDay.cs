namespace FunctionsApp.Core.Ledger;

/// <summary>A day of the cash account.</summary>
/// <param name="Net">What came in, less what went out.</param>
/// <param name="Low">The lowest balance after a moment of the day, relative to the start of the day.</param>
public sealed record CashDay(DateOnly Day, decimal Net, decimal Low);
