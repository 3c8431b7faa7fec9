namespace FunctionsApp.Core.Parking;

/// <summary>Whether a stay is open.</summary>
public enum ParkingTicketStatus
{
    /// <summary>The vehicle is in the lot.</summary>
    Parked,

    /// <summary>The vehicle has left, and the fee is known.</summary>
    Left,
}

/// <summary>A spot of a lot.</summary>
/// <param name="Kind">The kind of spot.</param>
/// <param name="Number">The number of the spot within its kind, from 1 at the entrance.</param>
public sealed record Spot(Vehicle Kind, int Number)
{
    internal string Label => $"{Kind}-{Number}";
}

/// <summary>The stay of a vehicle in a lot.</summary>
/// <param name="Id">The id of the ticket.</param>
/// <param name="LotId">The id of the lot.</param>
/// <param name="Plate">The license plate in upper case, without spaces and hyphens.</param>
/// <param name="Vehicle">The kind of vehicle.</param>
/// <param name="EnteredAt">When the vehicle entered.</param>
/// <param name="ExitedAt">When the vehicle left, or null.</param>
/// <param name="Fee">The fee in the currency of the lot. Null while the stay is open.</param>
public sealed record ParkingTicket(
    Guid Id,
    Guid LotId,
    Guid UserId,
    string Plate,
    Vehicle Vehicle,
    Vehicle SpotKind,
    int SpotNumber,
    DateTime EnteredAt,
    DateTime? ExitedAt,
    decimal? Fee
)
{
    /// <summary>The spot assigned to the vehicle.</summary>
    public Spot Spot => new(SpotKind, SpotNumber);

    /// <summary>Whether the stay is open.</summary>
    public ParkingTicketStatus Status => ExitedAt is null ? ParkingTicketStatus.Parked : ParkingTicketStatus.Left;

    /// <summary>The ticket as it was when the vehicle entered.</summary>
    internal ParkingTicket AsEntered() => this with { ExitedAt = null, Fee = null };
}
