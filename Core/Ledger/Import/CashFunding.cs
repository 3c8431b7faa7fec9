namespace FunctionsApp.Core.Ledger;

/// <summary>A deposit that a day needs.</summary>
/// <param name="Opening">The balance at the start of the day, including the deposits of the days before.</param>
public readonly record struct FundingNeed(DateOnly Day, decimal Opening, decimal Amount);

/// <summary>
/// The smallest deposits with which the cash account is never overdrawn: at most one a day, and each as late as possible.
/// </summary>
public static class CashFunding
{
    /// <param name="days">Oldest first.</param>
    public static IReadOnlyList<FundingNeed> Needs(IEnumerable<CashDay> days)
    {
        var needs = new List<FundingNeed>();
        decimal balance = 0;
        foreach (var (day, net, low) in days)
        {
            var missing = -Amounts.Sum(balance, low);
            if (missing > 0)
            {
                missing = RoundedUp(missing);
                needs.Add(new(day, balance, missing));
                balance = Amounts.Sum(balance, missing);
            }

            balance = Amounts.Sum(balance, net);
        }

        return needs;
    }

    static decimal RoundedUp(decimal amount) =>
        Amounts.Normal(Math.Round(amount, Amounts.MoneyDecimals, MidpointRounding.ToPositiveInfinity));
}
