using System.Text.Json.Serialization;

namespace Core.Parking;

public enum TicketStatus
{
    /// <summary>The vehicle is inside.</summary>
    Parked,

    /// <summary>The vehicle is out and the fee is settled.</summary>
    Left,
}

/// <summary>A spot of a lot.</summary>
/// <param name="Number">Counts from 1 within its kind, from the entrance on.</param>
public sealed record Spot(Vehicle Kind, int Number)
{
    internal string Label => $"{Kind}-{Number}";
}

/// <summary>A stay of a vehicle in a lot. Times are UTC.</summary>
/// <param name="Plate">In upper case, without spaces and hyphens.</param>
/// <param name="Fee">In the currency of the lot's rates; null while the vehicle is inside.</param>
public sealed record ParkingTicket(
    Guid Id,
    Guid LotId,
    [property: JsonIgnore] Guid UserId,
    string Plate,
    Vehicle Vehicle,
    [property: JsonIgnore] Vehicle SpotKind,
    [property: JsonIgnore] int SpotNumber,
    DateTime EnteredAt,
    DateTime? ExitedAt,
    decimal? Fee)
{
    public Spot Spot => new(SpotKind, SpotNumber);

    public TicketStatus Status => ExitedAt is null ? TicketStatus.Parked : TicketStatus.Left;

    /// <summary>The ticket as it was given at the entrance.</summary>
    internal ParkingTicket AsEntered() => this with { ExitedAt = null, Fee = null };
}
