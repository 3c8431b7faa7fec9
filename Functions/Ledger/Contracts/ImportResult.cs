namespace FunctionsApp.Functions.Ledger;

/// <summary>The result of an import.</summary>
/// <param name="Trades">The number of trades in the file.</param>
/// <param name="Added">The number of trades that were new.</param>
/// <param name="Known">The number of trades that had been imported before or occur twice in the file.</param>
/// <param name="Deposits">The number of deposits that were added to fund the purchases.</param>
/// <param name="Deposited">The total of these deposits in the currency of the portfolio.</param>
public sealed record ImportResult(int Trades, int Added, int Known, int Deposits, decimal Deposited)
{
    public static ImportResult From(Core.Ledger.ImportResult result) =>
        new(result.Trades, result.Added, result.Known, result.Deposits, result.Deposited);
}
