namespace FunctionsApp.Core.Trains;

/// <summary>A stop of a run.</summary>
/// <param name="DistanceKm">From the first stop, in kilometers; rises from stop to stop.</param>
public sealed record Stop(string Station, DateTime? ArrivesAt, DateTime? DepartsAt, decimal DistanceKm);

/// <summary>A coach: seats of one class, numbered from 1.</summary>
/// <param name="FarePerKm">For one passenger; the same in all coaches of a class.</param>
public sealed record Coach(string Name, string Class, int Seats, decimal FarePerKm);

/// <summary>A seat of a run.</summary>
/// <param name="Ordinal">Through the whole train, from 1; seats of a coach have consecutive ones.</param>
/// <param name="Number">In its coach, from 1.</param>
public sealed record Seat(int Ordinal, string Class, string Coach, int Number)
{
    /// <summary>As tickets name it, such as <c>B2-14</c>.</summary>
    public string Label => $"{Coach}-{Number}";
}
