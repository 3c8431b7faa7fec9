namespace FunctionsApp.Core.Trains;

/// <summary>The refund of a cancelled ticket.</summary>
/// <param name="Percent">Of the fare.</param>
/// <param name="Amount">Rounded down to hundredths.</param>
public sealed record Refund(int Percent, decimal Amount)
{
    /// <summary>The least time before departure, and the percentage of the fare that a cancellation by then gives back.</summary>
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

    /// <summary>All of it: the ticket was waitlisted, or the run was cancelled.</summary>
    public static Refund Full(decimal fare) => new(100, fare);

    /// <summary>The rule behind a percentage, for the traveller.</summary>
    public static string RuleOf(int percent) =>
        percent switch
        {
            100 => "All of the fare: the ticket was waitlisted, or the run was cancelled.",
            0 => $"Nothing later than {Steps[^1].Before.TotalHours:0} hours before departure.",
            _ =>
                $"{percent} % of the fare until {Steps.First(step => step.Percent == percent).Before.TotalHours:0} hours before departure.",
        };

    static decimal Part(decimal fare, int percent) => decimal.Floor(fare * percent) / 100;
}
