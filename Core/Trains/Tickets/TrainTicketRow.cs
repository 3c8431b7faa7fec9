namespace FunctionsApp.Core.Trains;

/// <summary>A row of <see cref="TrainTicketStore.Columns"/>.</summary>
sealed class TrainTicketRow
{
    public Guid RunId { get; init; }
    public Guid Id { get; init; }
    public Guid UserId { get; init; }
    public required string Class { get; init; }
    public short Starts { get; init; }
    public short Ends { get; init; }
    public required string[] Passengers { get; init; }
    public required short[] Seats { get; init; }
    public decimal Fare { get; init; }
    public required string Status { get; init; }
    public int? FirstPosition { get; init; }
    public long? Position { get; init; }
    public DateTime IssuedAt { get; init; }
    public DateTime? CancelledAt { get; init; }
    public decimal? Refund { get; init; }
    public short? RefundPercent { get; init; }
    public DateTime? UsedAt { get; init; }
    public Guid? UsedBy { get; init; }
    public string? UsedWhere { get; init; }
    public string? Refusal { get; init; }
    public bool RefusalCounts { get; init; }

    public TrainTicket ToTicket() =>
        new(
            RunId,
            Id,
            UserId,
            Class,
            new(Starts, Ends),
            Passengers,
            [.. Seats.Select(seat => (int)seat)],
            Fare,
            Refusal is null ? Enum.Parse<TrainTicketStatus>(Status, ignoreCase: true) : TrainTicketStatus.Cancelled,
            FirstPosition,
            (int?)Position,
            IssuedAt,
            CancelledAt,
            Refund,
            RefundPercent,
            UsedAt is { } at ? new(at, UsedBy!.Value, UsedWhere) : null
        );
}
