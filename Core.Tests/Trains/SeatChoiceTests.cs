using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using FunctionsApp.Core.Trains;

namespace FunctionsApp.Core.Tests.Trains;

public sealed class SeatChoiceTests
{
    const int LastStop = 5;

    sealed record Case(int[] CoachSeats, FreeSeat[] Free, Segment Wanted, int Passengers)
    {
        public FreeSeat[] Fitting => [.. Free.Where(one => one.Free.Contains(Wanted))];

        public IReadOnlyList<FreeSeat>? Choose() => SeatChoice.Choose(Free, Wanted, Passengers);
    }

    [Property(MaxTest = 500)]
    public Property Every_chosen_seat_is_free_on_the_whole_segment() =>
        Prop.ForAll(
            Cases,
            one =>
                Assert.All(
                    one.Choose() ?? [],
                    seat =>
                    {
                        Assert.Contains(seat, one.Free);
                        Assert.True(seat.Free.Contains(one.Wanted));
                    }
                )
        );

    [Property(MaxTest = 500)]
    public Property All_passengers_get_a_seat_of_their_own_or_none_gets_one() =>
        Prop.ForAll(
            Cases,
            one =>
            {
                var chosen = one.Choose();
                Assert.Equal(one.Fitting.Length >= one.Passengers, chosen is not null);
                if (chosen is null)
                    return;
                Assert.Equal(one.Passengers, chosen.Count);
                Assert.Equal(chosen.Select(seat => seat.Seat.Ordinal).Distinct().Order(), chosen.Select(seat => seat.Seat.Ordinal));
            }
        );

    [Property(MaxTest = 500)]
    public Property The_choice_is_as_good_as_the_best_of_all_combinations() =>
        Prop.ForAll(
            Cases,
            one =>
            {
                var combinations = Combinations(one.Fitting, one.Passengers).ToList();
                if (combinations.Count == 0)
                    return;
                Assert.Equal(combinations.Select(Worth).Min(), Worth([.. one.Choose()!]));
            }
        );

    [Property]
    public Property The_order_of_free_segments_does_not_matter() =>
        Prop.ForAll(Cases, one => Assert.Equal(one.Choose(), SeatChoice.Choose(one.Free.Reverse(), one.Wanted, one.Passengers)));

    [Fact]
    public void Passengers_of_a_ticket_sit_side_by_side_even_if_that_splits_longer_segments()
    {
        var chosen = SeatChoice.Choose([Free(1, "A", 2, 3), Free(2, "A", 0, 5), Free(3, "A", 0, 5), Free(4, "B", 2, 3)], new(2, 3), 2);

        Assert.Equal([1, 2], chosen!.Select(one => one.Seat.Ordinal));
    }

    [Fact]
    public void Seats_beside_each_other_in_two_coaches_are_not_side_by_side()
    {
        var chosen = SeatChoice.Choose([Free(2, "A", 2, 3), Free(3, "B", 2, 3), Free(5, "B", 0, 5)], new(2, 3), 2);

        Assert.Equal([3, 5], chosen!.Select(one => one.Seat.Ordinal));
    }

    // The gain is small: when far more ask than there is room for, any choice fills the train.
    [Fact]
    public void On_the_same_requests_best_fit_carries_more_passenger_kilometers_than_first_free()
    {
        const int stops = 20,
            seats = 100,
            seeds = 40,
            requests = 250;
        long best = 0,
            first = 0,
            bestPassengers = 0,
            firstPassengers = 0;
        for (var seed = 1; seed <= seeds; seed++)
        {
            var same = Requests(seed, stops, requests);
            var (ofBest, people) = Carry(same, stops, seats, SeatChoice.Choose);
            var (ofFirst, others) = Carry(same, stops, seats, FirstFree);
            (best, first, bestPassengers, firstPassengers) = (
                best + ofBest,
                first + ofFirst,
                bestPassengers + people,
                firstPassengers + others
            );
        }

        var gain = (double)best / first - 1;
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Best fit {best} passenger-km, {bestPassengers} passengers; first free {first} passenger-km, {firstPassengers} "
                    + $"passengers: {gain:P2} and {(double)bestPassengers / firstPassengers - 1:P2} more."
            )
        );
        Assert.True(gain > 0.004, $"Only {gain:P2} more.");
        Assert.True(bestPassengers > firstPassengers, $"{bestPassengers} passengers, first free {firstPassengers}.");
    }

    // Side by side before one coach before anywhere; then the fewest free segments.
    static (int Apart, int Length) Worth(FreeSeat[] seats)
    {
        var oneCoach = seats.Select(one => one.Seat.Coach).Distinct().Count() == 1;
        var apart =
            !oneCoach ? 2
            : seats.Max(one => one.Seat.Ordinal) - seats.Min(one => one.Seat.Ordinal) == seats.Length - 1 ? 0
            : 1;
        return (apart, seats.Sum(one => one.Free.Length));
    }

    static IEnumerable<FreeSeat[]> Combinations(FreeSeat[] from, int count) =>
        count == 0
            ?
            [
                [],
            ]
            : from.SelectMany((one, i) => Combinations(from[(i + 1)..], count - 1).Select(rest => (FreeSeat[])[one, .. rest]));

    static (int Starts, int Ends)[] Requests(int seed, int stops, int count)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(_ =>
                {
                    int one = random.Next(stops),
                        other = random.Next(stops - 1);
                    if (other >= one)
                        other++;
                    return (Math.Min(one, other), Math.Max(one, other));
                }),
        ];
    }

    // Some 40 from stop to stop, never the same.
    static int Kilometers(int stop) => 40 * stop + stop * stop % 7;

    static (long Kilometers, int Passengers) Carry(
        (int Starts, int Ends)[] requests,
        int stops,
        int seats,
        Func<IEnumerable<FreeSeat>, Segment, int, IReadOnlyList<FreeSeat>?> choose
    )
    {
        var free = Enumerable.Range(1, seats).Select(seat => Free(seat, "A", 0, stops - 1)).ToList();
        var (kilometers, passengers) = (0L, 0);
        foreach (var (starts, ends) in requests)
        {
            if (choose(free, new(starts, ends), 1) is not [var taken])
                continue;
            free.Remove(taken);
            if (taken.Free.Starts < starts)
                free.Add(taken with { Free = new(taken.Free.Starts, starts) });
            if (ends < taken.Free.Ends)
                free.Add(taken with { Free = new(ends, taken.Free.Ends) });
            kilometers += Kilometers(ends) - Kilometers(starts);
            passengers++;
        }

        return (kilometers, passengers);
    }

    static IReadOnlyList<FreeSeat>? FirstFree(IEnumerable<FreeSeat> free, Segment wanted, int passengers) =>
        free.Where(one => one.Free.Contains(wanted)).OrderBy(one => one.Seat.Ordinal).Take(passengers).ToList() is { } seats
        && seats.Count == passengers
            ? seats
            : null;

    static FreeSeat Free(int ordinal, string coach, int starts, int ends) => new(new(ordinal, "2A", coach, ordinal), new(starts, ends));

    static Gen<Segment> Segments =>
        from starts in Gen.Choose(0, LastStop - 1)
        from ends in Gen.Choose(starts + 1, LastStop)
        select new Segment(starts, ends);

    // Each seat of up to three coaches is free on one segment, or on none.
    static Arbitrary<Case> Cases =>
        (
            from coaches in Gen.NonEmptyListOf(Gen.Choose(1, 4)).Select(list => list.Take(3).ToArray())
            from free in Gen.Frequency(
                    (3, Segments.Select(one => (Segment?)one)),
                    (2, Gen.Constant((Segment?)new Segment(0, LastStop))),
                    (1, Gen.Constant((Segment?)null))
                )
                .ArrayOf(coaches.Sum())
            from wanted in Segments
            from passengers in Gen.Choose(1, 4)
            let seats = coaches
                .SelectMany((count, coach) => Enumerable.Range(1, count).Select(number => (Coach: $"C{coach}", number)))
                .Select((one, i) => new Seat(i + 1, "2A", one.Coach, one.number))
            select new Case(
                coaches,
                [.. seats.Zip(free).Where(one => one.Second is not null).Select(one => new FreeSeat(one.First, one.Second!.Value))],
                wanted,
                passengers
            )
        ).ToArbitrary();
}
