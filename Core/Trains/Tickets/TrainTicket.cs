using FunctionsApp.Core.Tickets;

namespace FunctionsApp.Core.Trains;

/// <summary>The status of a train ticket.</summary>
public enum TrainTicketStatus
{
    Confirmed,
    Waitlisted,
    Cancelled,
}

/// <summary>A ticket of a run.</summary>
/// <param name="Seats">Ordinals of the seats; none while waitlisted. A cancelled ticket keeps those that it had.</param>
/// <param name="FirstPosition">The position in the first response, if the ticket was waitlisted at first.</param>
/// <param name="Position">The position on the waitlist now, from 1.</param>
public sealed record TrainTicket(
    Guid RunId,
    Guid Id,
    Guid UserId,
    string Class,
    Segment Segment,
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
    TicketUse? Use
)
{
    /// <summary>A ticket that was just issued.</summary>
    /// <param name="seats">None for a waitlisted ticket.</param>
    /// <param name="position">Of a waitlisted ticket; null for a confirmed one.</param>
    public static TrainTicket Issue(
        Guid runId,
        Guid id,
        TicketRequest request,
        decimal fare,
        IReadOnlyList<int> seats,
        int? position,
        DateTime issuedAt
    ) =>
        new(
            runId,
            id,
            request.UserId,
            request.Class,
            request.Segment,
            request.Passengers,
            seats,
            fare,
            position is null ? TrainTicketStatus.Confirmed : TrainTicketStatus.Waitlisted,
            position,
            position,
            issuedAt,
            null,
            null,
            null,
            null
        );
}
