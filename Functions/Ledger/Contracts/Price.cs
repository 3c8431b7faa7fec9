using System.ComponentModel.DataAnnotations;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Ledger;

/// <summary>A closing price.</summary>
/// <param name="Symbol">The exchange symbol, in any case.</param>
/// <param name="Date">The trading day.</param>
/// <param name="Close">The closing price of one unit: greater than 0, at most 6 decimals.</param>
public sealed record Price(
    [property: StringLength(Instrument.MaxSymbolLength, MinimumLength = 1)] string Symbol,
    DateOnly Date,
    decimal Close
) : IExample<Price>
{
    public static Price Example => new("INFY", new(2024, 6, 28), 1566.75m);
}
