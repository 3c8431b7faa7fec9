using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using FunctionsApp.Core.Trains;

namespace FunctionsApp.Core.Tests.Trains;

public sealed class TrainRunTests
{
    static readonly DateOnly Date = new(2027, 1, 15);

    static readonly DateTime Morning = new(2027, 1, 15, 6, 0, 0, DateTimeKind.Utc);

    static readonly Stop[] Stops =
    [
        new("Mysuru", null, Morning, 0),
        new("Bengaluru", Morning.AddHours(2), null, 138.25m),
        new("Chennai", Morning.AddHours(8), null, 496),
    ];

    static readonly Coach[] Coaches = [new("A1", "2A", 2, 1.9m), new("B1", "3A", 3, 1.35m), new("A2", "2A", 1, 1.9m)];

    static readonly TrainRun Run = TrainRun.Create("12610", "Chennai Express", Date, Stops, Coaches);

    [Fact]
    public void Seats_are_numbered_through_the_train_and_named_by_coach()
    {
        Assert.Equal(Enumerable.Range(1, 6), Run.Seats.Select(seat => seat.Ordinal));
        Assert.Equal(["A1-1", "A1-2", "B1-1", "B1-2", "B1-3", "A2-1"], Run.Seats.Select(seat => seat.Label));
    }

    [Theory]
    [InlineData("Mysuru", "Chennai", 0, 2)]
    [InlineData(" mYSURU ", "BENGALURU", 0, 1)]
    [InlineData("Bengaluru", "Chennai", 1, 2)]
    public void A_segment_is_found_by_the_names_of_its_stations(string from, string to, int starts, int ends) =>
        Assert.Equal(new(starts, ends), Run.Between(from, to));

    [Fact]
    public void A_station_is_the_same_however_its_letters_are_composed() =>
        Assert.Equal(
            new(0, 1),
            TrainRun
                .Create("1", "One", Date, [new("Z\u00fcrich", null, null, 0), new("Chur", null, null, 1)], Coaches)
                .Between("zu\u0308rich", "chur")
        );

    [Theory]
    [InlineData("Chennai", "Mysuru", "to")]
    [InlineData("Mysuru", "mysuru", "to")]
    [InlineData("Delhi", "Chennai", "from")]
    [InlineData("Mysuru", "Delhi", "to")]
    [InlineData("Delhi", "Agra", "from to")]
    [InlineData("", null, "from to")]
    [InlineData("\u0000", "\ufffe", "from to")]
    public void Stations_that_are_not_a_segment_of_the_run_are_refused(string? from, string? to, string fields) =>
        Refuses(fields, () => Run.Between(from!, to!));

    [Property]
    public Property Segments_overlap_if_they_share_a_part() =>
        Prop.ForAll(
            Segments,
            Segments,
            (a, b) =>
            {
                var common = Hops(a).Intersect(Hops(b)).Count();
                Assert.Equal(common > 0, a.Overlaps(b));
                Assert.Equal(common == b.Length, a.Contains(b));
            }
        );

    [Theory]
    [InlineData("2A", 0, 2, 1, "942.40")]
    [InlineData("2A", 0, 1, 1, "262.68")] // 262.675
    [InlineData("3A", 0, 1, 1, "186.64")] // 186.6375
    [InlineData("3A", 0, 1, 3, "559.92")] // each is rounded, not the sum
    public void A_fare_is_rounded_to_hundredths_for_each_passenger(string @class, int starts, int ends, int passengers, string fare) =>
        Assert.Equal(decimal.Parse(fare, CultureInfo.InvariantCulture), Run.Fare(@class, new(starts, ends), passengers));

    [Fact]
    public void A_class_is_found_without_regard_to_case()
    {
        Assert.Equal("2A", Run.ClassNamed(" 2a "));
        Refuses("class", () => Run.ClassNamed("1A"));
        Refuses("class", () => Run.ClassNamed("\ufffe"));
    }

    [Fact]
    public void An_unknown_departure_is_the_last_known_time_before_it()
    {
        Assert.Equal(Morning.AddHours(2), Run.DepartureFrom(1));
        Assert.Equal(
            Date.ToDateTime(default, DateTimeKind.Utc),
            Create([new("a", null, null, 0), new("b", null, null, 1)]).DepartureFrom(1)
        );
    }

    [Fact]
    public void Names_are_kept_without_the_spaces_around()
    {
        var run = TrainRun.Create(" 1 ", " One ", Date, [new(" a ", null, null, 0), new("b", null, null, 1)], [new(" A ", " X ", 1, 0)]);
        Assert.Equal(("1", "One", "a", "A", "X"), (run.Number, run.Name, run.Stops[0].Station, run.Coaches[0].Name, run.Coaches[0].Class));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a\tb")]
    [InlineData("a\u0000b")]
    [InlineData("a\u0085")]
    [InlineData("a\ufffeb")]
    [InlineData("surrogate")]
    [InlineData("300")]
    public void A_name_that_is_missing_too_long_or_not_text_is_refused_everywhere(string? name)
    {
        name = name switch
        {
            "300" => new('x', 300),
            "surrogate" => "a\ud800",
            _ => name,
        };
        Refuses(
            "number name stops[1].station coaches[0].coach coaches[0].class",
            () =>
                TrainRun.Create(
                    name!,
                    name!,
                    Date,
                    [Stops[0], Stops[1] with { Station = name! }],
                    [Coaches[0] with { Name = name!, Class = name! }]
                )
        );
    }

    [Fact]
    public void A_name_of_100_characters_is_accepted() =>
        Assert.Equal(100, TrainRun.Create("1", $" {new string('x', 100)} ", Date, Stops, Coaches).Name.Length);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65)]
    public void A_run_of_fewer_than_2_or_more_than_64_stops_is_refused(int count) => Refuses("stops", () => Create(Line(count)));

    [Fact]
    public void A_run_of_64_stops_and_2000_seats_is_accepted() =>
        Assert.Equal(2000, Create(Line(64), [new("A", "2A", 1000, 1), new("B", "2A", 1000, 1)]).Seats.Count);

    [Theory]
    [InlineData("0 5 5", "stops[2].distance_km")]
    [InlineData("0 5 4.999", "stops[2].distance_km")]
    [InlineData("-1 5 6", "stops[0].distance_km")]
    [InlineData("0 0.0001 6", "stops[1].distance_km")]
    [InlineData("0 5 100000", "stops[2].distance_km")]
    public void Distances_that_do_not_rise_are_refused(string distances, string field) =>
        Refuses(
            field,
            () =>
                Create([
                    .. distances
                        .Split(' ')
                        .Select((distance, i) => new Stop($"s{i}", null, null, decimal.Parse(distance, CultureInfo.InvariantCulture))),
                ])
        );

    [Theory]
    [InlineData("Mysuru")]
    [InlineData(" mYSURU ")]
    [InlineData("\uff2dysuru")]
    public void A_second_stop_at_a_station_is_refused(string again) =>
        Refuses("stops[3].station", () => Create([.. Stops, new(again, null, null, 500)]));

    [Fact]
    public void Times_that_go_back_are_refused()
    {
        Refuses("stops[1].arrives_at", () => Create([Stops[0], Stops[1] with { ArrivesAt = Morning.AddTicks(-1) }]));
        Refuses("stops[1].departs_at", () => Create([Stops[0], Stops[1] with { DepartsAt = Morning.AddHours(1) }]));
        Refuses(
            "stops[2].arrives_at",
            () => Create([Stops[0], Stops[1] with { ArrivesAt = null }, Stops[2] with { ArrivesAt = Morning.AddHours(-1) }])
        );
    }

    [Theory]
    [InlineData("0", "coaches[0].seats")]
    [InlineData("-1", "coaches[0].seats")]
    [InlineData("2001", "coaches coaches[0].seats")]
    [InlineData("2147483647 2147483647", "coaches coaches[0].seats coaches[1].seats")]
    [InlineData("2000 1", "coaches")]
    public void A_coach_has_a_seat_and_a_run_at_most_2000(string seats, string fields) =>
        Refuses(
            fields,
            () =>
                Create(
                    Stops,
                    [.. seats.Split(' ').Select((count, i) => new Coach($"C{i}", "2A", int.Parse(count, CultureInfo.InvariantCulture), 1))]
                )
        );

    [Fact]
    public void A_run_without_coaches_is_refused() => Refuses("coaches", () => Create(Stops, []));

    [Theory]
    [InlineData("-0.01")]
    [InlineData("1.00001")]
    [InlineData("1000000")]
    public void An_invalid_fare_is_refused(string fare) =>
        Refuses("coaches[0].fare_per_km", () => Create(Stops, [new("A", "2A", 1, decimal.Parse(fare, CultureInfo.InvariantCulture))]));

    [Theory]
    [InlineData("2A")]
    [InlineData(" 2A")]
    [InlineData("2a")]
    public void A_class_has_one_fare(string @class) =>
        Refuses("coaches[1].fare_per_km", () => Create(Stops, [new("A", "2A", 1, 1), new("B", @class, 1, 2)]));

    [Fact]
    public void Spellings_of_a_class_in_its_coaches_are_one_class()
    {
        var run = Create(Stops, [new("A", "2A", 1, 1), new("B", "2a", 1, 1)]);
        Assert.Equal(["2A", "2A"], run.Seats.Select(seat => seat.Class));
    }

    [Theory]
    [InlineData("A1")]
    [InlineData(" A1 ")]
    public void A_second_coach_with_the_same_name_is_refused(string again) =>
        Refuses("coaches[1].coach", () => Create(Stops, [Coaches[0], Coaches[0] with { Name = again }]));

    [Fact]
    public void All_invalid_fields_are_reported_together() =>
        Refuses(
            "number service_date stops[1].distance_km coaches[0].seats",
            () => TrainRun.Create("", "One", default, [Stops[0], Stops[1] with { DistanceKm = 0 }], [Coaches[0] with { Seats = 0 }])
        );

    [Fact]
    public void Lists_that_are_too_long_are_refused_without_looking_at_their_items()
    {
        Refuses("stops", () => Create([.. Enumerable.Repeat(new Stop(null!, null, null, -1), TrainRun.MaxStops + 1)]));
        Refuses("coaches", () => Create(Stops, [.. Enumerable.Repeat(new Coach(null!, null!, -1, -1), TrainRun.MaxSeats + 1)]));
    }

    [Fact]
    public void The_classes_listed_for_a_wrong_one_are_limited()
    {
        var run = Create(Stops, [.. Enumerable.Range(0, TrainRun.MaxSeats).Select(i => new Coach($"C{i}", $"Class {i}", 1, 1))]);

        var refused = Assert.Throws<RefusedException>(() => run.ClassNamed("none"));

        Assert.InRange(refused.Errors["class"][0].Length, 1, 500);
        Assert.Equal("Class 1999", run.ClassNamed("class 1999"));
    }

    static TrainRun Create(Stop[] stops, Coach[]? coaches = null) => TrainRun.Create("1", "One", Date, stops, coaches ?? Coaches);

    static Stop[] Line(int count) => [.. Enumerable.Range(0, count).Select(i => new Stop($"s{i}", null, null, i))];

    static void Refuses(string fields, Action act)
    {
        var refused = Assert.Throws<RefusedException>(act);
        Assert.Equal(Refusal.Invalid, refused.Refusal);
        Assert.Equal(fields.Split(' ').Order(), refused.Errors.Keys.Order());
    }

    static IEnumerable<int> Hops(Segment segment) => Enumerable.Range(segment.Starts, segment.Length);

    static Arbitrary<Segment> Segments =>
        (from starts in Gen.Choose(0, 8) from length in Gen.Choose(1, 5) select new Segment(starts, starts + length)).ToArbitrary();
}
