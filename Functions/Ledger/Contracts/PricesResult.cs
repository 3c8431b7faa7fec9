namespace FunctionsApp.Functions.Ledger;

/// <summary>The result of writing prices.</summary>
/// <param name="Prices">The number of prices received.</param>
/// <param name="Changed">The number of prices that were new or different.</param>
/// <param name="Skipped">The number of rows that were skipped because they are not for shares or units of trusts.</param>
public sealed record PricesResult(int Prices, int Changed, int Skipped)
{
    public static PricesResult From(Core.Ledger.PricesResult result) => new(result.Prices, result.Changed, result.Skipped);
}
