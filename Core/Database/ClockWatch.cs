using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>
/// Compares this machine's clock with the database's. Servers whose clocks differ refuse each other's access tokens, as not yet valid or as
/// expired, so a difference above <see cref="Tolerance"/> is logged when it begins and when it ends. The metric
/// <c>functionsapp.database.clock.difference</c> has the last value.
/// </summary>
public sealed partial class ClockWatch : IDisposable
{
    /// <summary>The difference between the clocks of two machines that is accepted, also in the lifetime of access tokens.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    readonly TimeProvider time;
    readonly ILogger<ClockWatch> logger;
    readonly Meter meter = new("FunctionsApp.Database");
    double difference;
    bool differs;

    public ClockWatch(TimeProvider time, ILogger<ClockWatch> logger)
    {
        (this.time, this.logger) = (time, logger);
        meter.CreateObservableGauge(
            "functionsapp.database.clock.difference",
            () => Volatile.Read(ref difference),
            unit: "s",
            description: "How far this machine's clock is ahead of the database's; negative if it is behind."
        );
    }

    /// <summary>Reads the database's clock and compares.</summary>
    /// <exception cref="NpgsqlException">The database is unreachable.</exception>
    public async Task CompareAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var (before, start) = (time.GetUtcNow(), time.GetTimestamp());
        await using var command = new NpgsqlCommand("select clock_timestamp()", connection);
        var database = (DateTime)(await command.ExecuteScalarAsync(cancellationToken))!;
        Observe(before, database, time.GetElapsedTime(start));
    }

    public void Dispose() => meter.Dispose();

    // The database read its clock at some moment of the query: only what the query's duration cannot explain is a difference.
    void Observe(DateTimeOffset before, DateTime database, TimeSpan duration)
    {
        var ahead = before.UtcDateTime - database;
        var difference =
            ahead > TimeSpan.Zero ? ahead
            : ahead + duration < TimeSpan.Zero ? ahead + duration
            : TimeSpan.Zero;
        Volatile.Write(ref this.difference, difference.TotalSeconds);
        var differs = difference.Duration() > Tolerance;
        if (Interlocked.Exchange(ref this.differs, differs) == differs)
            return;
        if (differs)
            LogDiffers(logger, difference.Duration().TotalSeconds, difference > TimeSpan.Zero ? "ahead of" : "behind");
        else
            LogEqual(logger);
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The clock of this machine is {Seconds:0} s {Direction} the database's. Servers whose clocks differ refuse each other's "
            + "access tokens. Synchronize the clocks (NTP)"
    )]
    private static partial void LogDiffers(ILogger logger, double seconds, string direction);

    [LoggerMessage(Level = LogLevel.Information, Message = "The clocks of this machine and of the database agree again")]
    private static partial void LogEqual(ILogger logger);
}
