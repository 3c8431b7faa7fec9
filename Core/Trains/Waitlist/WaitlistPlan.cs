namespace FunctionsApp.Core.Trains;

/// <summary>
/// Which waitlisted tickets get seats, first come first served, planned in memory: the plan has each free segment that it uses and what is
/// left of it, so that one statement can carry it out.
/// </summary>
public sealed class WaitlistPlan
{
    readonly Dictionary<int, List<Piece>> seats = [];

    // A free segment, and the row that it is a part of.
    readonly record struct Piece(FreeSeat Seat, Segment Row);

    WaitlistPlan(IEnumerable<FreeSeat> free)
    {
        foreach (var seat in free.GroupBy(one => one.Seat.Ordinal))
            seats.Add(seat.Key, [.. seat.Select(one => new Piece(one, one.Free))]);
    }

    /// <summary>The tickets that get seats, in the order of the waitlist.</summary>
    public IReadOnlyList<(Waiting Ticket, IReadOnlyList<FreeSeat> Seats)> Confirmed { get; private set; } = [];

    /// <summary>The free segments that are used, by seat and start.</summary>
    public IReadOnlyList<FreeSeat> Used { get; private set; } = [];

    /// <summary>What is left free of those.</summary>
    public IReadOnlyList<FreeSeat> Left { get; private set; } = [];

    /// <param name="free">Free segments of the class, in any order.</param>
    /// <param name="waitlist">In the order of the waitlist.</param>
    public static WaitlistPlan Of(IEnumerable<FreeSeat> free, IEnumerable<Waiting> waitlist)
    {
        var plan = new WaitlistPlan(free);
        List<(Waiting, IReadOnlyList<FreeSeat>)> confirmed = [];
        HashSet<(Seat Seat, Segment Row)> used = [];
        foreach (var ticket in waitlist)
        {
            if (SeatChoice.Choose(plan.Free, ticket.Segment, ticket.Passengers) is not { } seats)
                continue;
            foreach (var seat in seats)
                used.Add((seat.Seat, plan.Take(seat, ticket.Segment)));
            confirmed.Add((ticket, seats));
        }

        plan.Confirmed = confirmed;
        plan.Used =
        [
            .. used.Select(one => new FreeSeat(one.Seat, one.Row)).OrderBy(one => one.Seat.Ordinal).ThenBy(one => one.Free.Starts),
        ];
        plan.Left =
        [
            .. plan
                .seats.Values.SelectMany(pieces => pieces)
                .Where(piece => used.Contains((piece.Seat.Seat, piece.Row)))
                .Select(piece => piece.Seat),
        ];
        return plan;
    }

    IEnumerable<FreeSeat> Free => seats.Values.SelectMany(pieces => pieces).Select(piece => piece.Seat);

    // Returns the row that the segment is a part of.
    Segment Take(FreeSeat seat, Segment wanted)
    {
        var pieces = seats[seat.Seat.Ordinal];
        var piece = pieces.Find(one => one.Seat == seat);
        pieces.Remove(piece);
        if (seat.Free.Starts < wanted.Starts)
            pieces.Add(piece with { Seat = seat with { Free = new(seat.Free.Starts, wanted.Starts) } });
        if (wanted.Ends < seat.Free.Ends)
            pieces.Add(piece with { Seat = seat with { Free = new(wanted.Ends, seat.Free.Ends) } });
        return piece.Row;
    }
}
