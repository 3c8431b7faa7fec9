namespace FunctionsApp.Functions.Trains;

/// <summary>The status of a train ticket.</summary>
public enum TrainTicketStatus
{
    Confirmed,
    Waitlisted,
    Cancelled,
}
