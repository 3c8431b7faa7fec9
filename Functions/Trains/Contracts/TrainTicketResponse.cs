using FunctionsApp.Core.Trains;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Trains;

/// <summary>A train ticket.</summary>
/// <param name="Id">The id of the ticket.</param>
/// <param name="RunId">The id of the run.</param>
/// <param name="Code">The content of the QR code. Null unless the ticket is confirmed.</param>
/// <param name="Status">Whether the ticket is confirmed, waitlisted or cancelled.</param>
/// <param name="Seats">The labels of the seats. Empty while the ticket is waitlisted.</param>
/// <param name="Fare">The fare of all passengers.</param>
/// <param name="Position">The position on the waitlist, from 1. Null unless the ticket is waitlisted.</param>
/// <param name="From">The station where the journey begins.</param>
/// <param name="To">The station where the journey ends.</param>
/// <param name="Class">The class.</param>
/// <param name="Passengers">The names of the passengers.</param>
/// <param name="IssuedAt">When the ticket was issued.</param>
/// <param name="CancelledAt">When the ticket was cancelled, or null.</param>
/// <param name="Refund">The refund. Null unless the ticket is cancelled.</param>
/// <param name="UsedAt">When the ticket was verified, or null.</param>
public sealed record TrainTicketResponse(
    Guid Id,
    Guid RunId,
    string? Code,
    TrainTicketStatus Status,
    IReadOnlyList<string> Seats,
    decimal Fare,
    int? Position,
    string From,
    string To,
    string Class,
    IReadOnlyList<string> Passengers,
    DateTime IssuedAt,
    DateTime? CancelledAt,
    RefundResponse? Refund,
    DateTime? UsedAt
) : IExample<TrainTicketResponse>
{
    public static TrainTicketResponse Example =>
        new(
            Examples.Id,
            Examples.Id,
            "eyJhbGciOiJFZERTQSIsImtpZCI6…",
            TrainTicketStatus.Confirmed,
            ["A1-1"],
            942.40m,
            null,
            "Mysuru",
            "Chennai",
            "2A",
            ["Ada Lovelace"],
            Examples.Time,
            null,
            null,
            null
        );

    /// <param name="code">The content of the QR code, or null.</param>
    public static TrainTicketResponse FromTicket(TrainRun run, TrainTicket ticket, string? code) =>
        new(
            ticket.Id,
            ticket.RunId,
            code,
            StatusFrom(ticket.Status),
            [.. ticket.Seats.Select(seat => run.Seats[seat - 1].Label)],
            ticket.Fare,
            ticket.Position,
            run.Stops[ticket.Segment.Starts].Station,
            run.Stops[ticket.Segment.Ends].Station,
            ticket.Class,
            ticket.Passengers,
            ticket.IssuedAt,
            ticket.CancelledAt,
            ticket is { Refund: { } amount, RefundPercent: { } percent } ? RefundResponse.From(amount, percent) : null,
            ticket.Use?.At
        );

    public static TrainTicketStatus StatusFrom(Core.Trains.TrainTicketStatus status) =>
        status switch
        {
            Core.Trains.TrainTicketStatus.Confirmed => TrainTicketStatus.Confirmed,
            Core.Trains.TrainTicketStatus.Waitlisted => TrainTicketStatus.Waitlisted,
            Core.Trains.TrainTicketStatus.Cancelled => TrainTicketStatus.Cancelled,
            _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
        };
}
