using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Trains;

/// <summary>A ticket to buy.</summary>
/// <param name="From">The station where the journey begins.</param>
/// <param name="To">The station where the journey ends.</param>
/// <param name="Class">The class.</param>
/// <param name="Passengers">The names of 1 to 6 passengers.</param>
public sealed record NewTrainTicket(string From, string To, string Class, IReadOnlyList<string> Passengers) : IExample<NewTrainTicket>
{
    public static NewTrainTicket Example => new("Mysuru", "Chennai", "2A", ["Ada Lovelace"]);
}
