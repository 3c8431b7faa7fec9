namespace FunctionsApp.Core.Ledger;

/// <summary>A problem of a CSV file.</summary>
/// <param name="Line">The line where the row begins, from 1: quoted cells may contain line breaks.</param>
/// <param name="Column">The name of the column; null if it is not about a single cell.</param>
public sealed record CsvProblem(int Line, string? Column, string Message);
