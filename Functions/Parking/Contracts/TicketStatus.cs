namespace FunctionsApp.Functions.Parking;

/// <summary>Whether the stay is open: `parked`, or `left` once the vehicle has left and the fee is settled.</summary>
public enum TicketStatus
{
    Parked,
    Left,
}
