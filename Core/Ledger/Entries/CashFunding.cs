namespace FunctionsApp.Core.Ledger;

/// <summary>A deposit that a day needs.</summary>
/// <param name="Opening">The balance that the day begins with, once the days before have got theirs.</param>
public readonly record struct FundingNeed(DateOnly Day, decimal Opening, decimal Amount);

/// <summary>
/// The least deposits with which no moment of the cash account is below zero, at most one a day and each as late as it can
/// be.
/// </summary>
public static class CashFunding
{
    /// <param name="days">The first one first.</param>
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
