using System.Globalization;

namespace FunctionsApp.Core.Ledger;

/// <summary>Conflicts caused by an impossible history.</summary>
static class LedgerConflicts
{
    /// <summary>More would be sold than held.</summary>
    public static RefusedException Oversold(string instrument, Shortfall shortfall)
    {
        var (sale, held, missing) = (shortfall.Sale, shortfall.Held, Amounts.Normal(shortfall.Missing));
        return Conflict(
            $"More {instrument} would be sold than held at {Moment.Text(sale.At)}: selling {sale.Quantity}, holding {held}.",
            "quantity",
            $"{missing} {instrument} short at {Moment.Text(sale.At)}."
        );
    }

    /// <summary>The cash balance would be negative.</summary>
    public static RefusedException Overdrawn(PortfolioSettings settings, DateTime at, decimal balance)
    {
        var missing = Amounts.Normal(-balance);
        return Conflict(
            $"The cash balance would be negative at {Moment.Text(at)}: {missing} {settings.Currency} short.",
            "amount",
            $"{missing} {settings.Currency} short at {Moment.Text(at)}."
        );
    }

    static RefusedException Conflict(FormattableString message, string field, FormattableString problem) =>
        new(Refusal.Conflict, message.ToString(CultureInfo.InvariantCulture))
        {
            Errors = new Dictionary<string, string[]> { [field] = [problem.ToString(CultureInfo.InvariantCulture)] },
        };
}
