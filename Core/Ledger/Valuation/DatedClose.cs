namespace FunctionsApp.Core.Ledger;

/// <summary>A close of an instrument by any of its names.</summary>
internal readonly record struct DatedClose(DateOnly Date, decimal Close);
