using FunctionsApp.Core.Tickets;

namespace FunctionsApp.Core.Trains;

/// <summary>The status of a train ticket.</summary>
public enum TrainTicketStatus
{
    Confirmed,
    Waitlisted,
    Cancelled,
}

/// <summary>A ticket of a run, as the table has it.</summary>
/// <param name="Seats">Ordinals of the seats; none while waitlisted. A cancelled ticket keeps those that it had.</param>
/// <param name="FirstPosition">The position in the first response, if the ticket was waitlisted at first.</param>
/// <param name="Position">Where it stands in the line now, from 1.</param>
public sealed record TrainTicket(
    Guid RunId,
    Guid Id,
    Guid UserId,
    string Class,
    Stretch Stretch,
    IReadOnlyList<string> Passengers,
    IReadOnlyList<int> Seats,
    decimal Fare,
    TrainTicketStatus Status,
    int? FirstPosition,
    int? Position,
    DateTime IssuedAt,
    DateTime? CancelledAt,
    decimal? Refund,
    int? RefundPercent,
    Admission? Admission
);

/// <summary>A journey and its passengers, as requested.</summary>
public sealed record TicketRequest(Guid UserId, string Class, Stretch Stretch, IReadOnlyList<string> Passengers, string? Key);

/// <summary>A run that calls at both stations, with what is free between them.</summary>
public sealed record Connection(
    Guid RunId,
    string Number,
    string Name,
    DateOnly ServiceDate,
    int Starts,
    int Ends,
    DateTime? DepartsAt,
    DateTime? ArrivesAt,
    decimal DistanceKm,
    IReadOnlyList<ClassOnOffer> Classes
);

/// <param name="Free">Seats that are free on the whole stretch.</param>
/// <param name="Fare">For one passenger.</param>
public sealed record ClassOnOffer(string Class, int Free, decimal Fare);
