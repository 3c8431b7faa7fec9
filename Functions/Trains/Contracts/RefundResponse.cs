using FunctionsApp.Core.Trains;

namespace FunctionsApp.Functions.Trains;

/// <summary>The refund of a cancelled ticket.</summary>
/// <param name="Percent">The percentage of the fare that is refunded.</param>
/// <param name="Amount">The amount that is refunded.</param>
/// <param name="Rule">The rule that applies.</param>
public sealed record RefundResponse(int Percent, decimal Amount, string Rule)
{
    public static RefundResponse From(decimal amount, int percent) => new(percent, amount, Refund.RuleOf(percent));
}
