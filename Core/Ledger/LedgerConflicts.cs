using System.Globalization;

namespace FunctionsApp.Core.Ledger;

/// <summary>The refusals of histories that are not possible.</summary>
static class LedgerConflicts
{
    /// <summary>More would be sold than is held.</summary>
    public static RefusedException Oversold(string instrument, Shortfall shortfall)
    {
        var (sale, held, missing) = (shortfall.Sale, shortfall.Held, Amounts.Normal(shortfall.Missing));
        return Conflict(
            $"At {Moment.Text(sale.At)} more {instrument} would be sold than is held: {sale.Quantity} of {held}, so {missing} are missing.",
            "quantity",
            $"{missing} {instrument} are missing at {Moment.Text(sale.At)}."
        );
    }

    /// <summary>More would be spent than there is.</summary>
    public static RefusedException Overdrawn(PortfolioSettings settings, DateTime at, decimal balance)
    {
        var missing = Amounts.Normal(-balance);
        return Conflict(
            $"At {Moment.Text(at)} more cash would be spent than there is: {missing} {settings.Currency} are missing.",
            "amount",
            $"{missing} {settings.Currency} are missing at {Moment.Text(at)}."
        );
    }

    static RefusedException Conflict(FormattableString message, string field, FormattableString problem) =>
        new(Refusal.Conflict, message.ToString(CultureInfo.InvariantCulture))
        {
            Errors = new Dictionary<string, string[]> { [field] = [problem.ToString(CultureInfo.InvariantCulture)] },
        };
}
