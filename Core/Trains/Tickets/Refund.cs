namespace FunctionsApp.Core.Trains;

/// <summary>The refund of a cancelled ticket.</summary>
/// <param name="Percent">Of the fare.</param>
/// <param name="Amount">Rounded down to hundredths.</param>
public sealed record Refund(int Percent, decimal Amount)
{
    /// <summary>The percentage of the whole fare.</summary>
    internal const int FullPercent = 100;

    /// <summary>The minimum time before departure, and the percentage of the fare that a cancellation by then refunds.</summary>
    public static IReadOnlyList<(TimeSpan Before, int Percent)> Steps { get; } =
    [(TimeSpan.FromHours(48), 90), (TimeSpan.FromHours(24), 75), (TimeSpan.FromHours(12), 50), (TimeSpan.FromHours(4), 25)];

    /// <summary>By the time left before the train leaves the stop where the journey starts.</summary>
    public static Refund Of(decimal fare, TimeSpan beforeDeparture)
    {
        foreach (var (before, percent) in Steps)
        {
            if (beforeDeparture >= before)
                return new(percent, Part(fare, percent));
        }

        return new(0, 0);
    }

    /// <summary>The whole fare: the ticket was waitlisted, or the run was cancelled.</summary>
    public static Refund Full(decimal fare) => new(FullPercent, fare);

    /// <summary>The rule behind a percentage, for the traveler.</summary>
    public static string RuleOf(int percent) =>
        percent switch
        {
            FullPercent => "Full refund: the ticket was waitlisted, or the run was cancelled.",
            0 => $"No refund less than {Steps[^1].Before.TotalHours:0} hours before departure.",
            _ => $"{percent}% of the fare up to {Steps.First(step => step.Percent == percent).Before.TotalHours:0} hours before departure.",
        };

    static decimal Part(decimal fare, int percent) => decimal.Floor(fare * percent) / 100;
}
