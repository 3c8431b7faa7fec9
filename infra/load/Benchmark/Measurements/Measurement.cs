using FunctionsApp.Benchmark.Subject;

namespace FunctionsApp.Benchmark.Measurements;

/// <summary>A part of the benchmark that can be selected by name.</summary>
/// <param name="Name">The name for --only.</param>
sealed record Measurement(string Name, Func<SystemUnderTest, Effort, CancellationToken, Task<IReadOnlyList<Row>>> RunAsync)
{
    /// <summary>All measurements in the order in which they run.</summary>
    public static IReadOnlyList<Measurement> All { get; } =
    [
        new("users-me", UsersMe.RunAsync),
        new("peers", Peers.RunAsync),
        new("standbys", Standbys.RunAsync),
        new("hashing", Hashing.RunAsync),
        new("start", StartToReady.RunAsync),
        new("login-storm", LoginStorm.RunAsync),
        new("memory", Memory.RunAsync),
        new("train-tickets", TrainTickets.RunAsync),
        new("parking", ParkingStays.RunAsync),
        new("sold-out", SoldOut.RunAsync),
        new("cancel", Cancellations.RunAsync),
        new("portfolio", Portfolios.RunAsync),
        new("history", Histories.RunAsync),
    ];
}
