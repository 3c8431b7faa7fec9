namespace FunctionsApp.Core.Ledger;

/// <summary>What is wrong with a CSV file in one place.</summary>
/// <param name="Line">From 1, where the row begins: quoted cells may hold line breaks.</param>
/// <param name="Column">The name of the column; null where no single cell is to blame.</param>
public sealed record CsvProblem(int Line, string? Column, string Message);
