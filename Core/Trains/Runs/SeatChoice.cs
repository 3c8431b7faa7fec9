namespace FunctionsApp.Core.Trains;

/// <summary>
/// Which seats a ticket gets. Best fit: the seats whose free segment around the wanted one is shortest, so that long free segments stay
/// whole for long journeys. Passengers who travel together sit side by side where the train allows, else in one coach, else
/// anywhere.
/// </summary>
public static class SeatChoice
{
    /// <param name="free">Free segments of the class, in any order.</param>
    /// <returns>As many seats as passengers, in the order of the train; null when there are fewer.</returns>
    public static IReadOnlyList<FreeSeat>? Choose(IEnumerable<FreeSeat> free, Segment wanted, int passengers)
    {
        var fitting = free.Where(one => one.Free.Contains(wanted)).OrderBy(one => one.Seat.Ordinal).ToList();
        if (fitting.Count < passengers)
            return null;
        return SideBySide(fitting, passengers) ?? InOneCoach(fitting, passengers) ?? Shortest(fitting, passengers);
    }

    static List<FreeSeat>? SideBySide(List<FreeSeat> fitting, int passengers)
    {
        List<FreeSeat>? best = null;
        var bestLength = int.MaxValue;
        for (var i = 0; i + passengers <= fitting.Count; i++)
        {
            FreeSeat first = fitting[i],
                last = fitting[i + passengers - 1];
            if (last.Seat.Ordinal - first.Seat.Ordinal != passengers - 1 || last.Seat.Coach != first.Seat.Coach)
                continue;
            var length = 0;
            for (var j = i; j < i + passengers; j++)
                length += fitting[j].Free.Length;
            if (length >= bestLength)
                continue;
            bestLength = length;
            best = fitting.GetRange(i, passengers);
        }

        return best;
    }

    static List<FreeSeat>? InOneCoach(List<FreeSeat> fitting, int passengers) =>
        fitting
            .GroupBy(one => one.Seat.Coach)
            .Where(coach => coach.Count() >= passengers)
            .Select(coach => Shortest(coach, passengers))
            .MinBy(seats => seats.Sum(one => one.Free.Length));

    static List<FreeSeat> Shortest(IEnumerable<FreeSeat> fitting, int passengers) =>
        [
            .. fitting
                .OrderBy(one => one.Free.Length)
                .ThenBy(one => one.Free.Starts)
                .ThenBy(one => one.Seat.Ordinal)
                .Take(passengers)
                .OrderBy(one => one.Seat.Ordinal),
        ];
}
