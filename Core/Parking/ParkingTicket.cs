using System.Text.Json.Serialization;

namespace FunctionsApp.Core.Parking;

/// <summary>Whether the vehicle is inside: `parked`, or `left` once the fee is settled.</summary>
public enum TicketStatus
{
    /// <summary>The vehicle is inside.</summary>
    Parked,

    /// <summary>The vehicle is out and the fee is settled.</summary>
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
/// <param name="Fee">The fee in the currency of the lot. Null while the vehicle is inside.</param>
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
    decimal? Fee
)
{
    /// <summary>The spot that the vehicle was given.</summary>
    public Spot Spot => new(SpotKind, SpotNumber);

    /// <summary>Whether the vehicle is inside.</summary>
    public TicketStatus Status => ExitedAt is null ? TicketStatus.Parked : TicketStatus.Left;

    /// <summary>The ticket as it was given at the entrance.</summary>
    internal ParkingTicket AsEntered() => this with { ExitedAt = null, Fee = null };
}
