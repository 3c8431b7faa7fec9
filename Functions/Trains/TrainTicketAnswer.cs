using Core.Trains;
using Functions.Hosting;

namespace Functions.Trains;

/// <param name="Rule">Why this much.</param>
public sealed record RefundAnswer(int Percent, decimal Amount, string Rule);

/// <summary>A ticket of a run.</summary>
/// <param name="Code">What an inspector's device reads; none while waitlisted and once cancelled.</param>
/// <param name="Seats">None while waitlisted.</param>
/// <param name="Position">On the waitlist, from 1.</param>
public sealed record TrainTicketAnswer(
    Guid Id, Guid RunId, string? Code, TrainTicketStatus Status, IReadOnlyList<string> Seats, decimal Fare, int? Position, string From, string To, string Class, IReadOnlyList<string> Passengers,
    DateTime IssuedAt, DateTime? CancelledAt, RefundAnswer? Refund, DateTime? UsedAt) : IExample<TrainTicketAnswer>
{
    public static TrainTicketAnswer Example => new(
        Examples.Id, Examples.Id, "eyJhbGciOiJFZERTQSIsImtpZCI6…", TrainTicketStatus.Confirmed, ["A1-1"], 942.40m, null, "Mysuru", "Chennai", "2A", ["Ada Lovelace"], Examples.Time, null, null, null);

    public static TrainTicketAnswer Of(TrainRun run, TrainTicket ticket, TrainService trains) => new(
        ticket.Id, ticket.RunId, trains.CodeOf(run, ticket), ticket.Status, [.. ticket.Seats.Select(seat => run.Seats[seat - 1].Label)], ticket.Fare, ticket.Position,
        run.Stops[ticket.Stretch.Starts].Station, run.Stops[ticket.Stretch.Ends].Station, ticket.Class, ticket.Passengers, ticket.IssuedAt, ticket.CancelledAt,
        ticket is { Refund: { } amount, RefundPercent: { } percent } ? new(percent, amount, Core.Trains.Refund.RuleOf(percent)) : null, ticket.Admission?.At);
}
