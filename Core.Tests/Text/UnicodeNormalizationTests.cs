using System.Diagnostics.Metrics;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Parking;
using FunctionsApp.Core.Trains;
using Instrument = FunctionsApp.Core.Ledger.Instrument;

namespace FunctionsApp.Core.Tests;

/// <summary>Counts, instead of timing, how much text the rules normalize for the worst text that fits in a body.</summary>
public sealed class UnicodeNormalizationTests
{
    const int MaxBody = 1 << 20;

    static readonly Lazy<Characters> Listener = new(() => new());

    [ThreadStatic]
    static long counted;

    // Marks of two combining classes in the wrong order: normalization sorts each run of marks in time that grows with the square of its
    // length.
    static readonly string Marks = "a" + string.Concat(Enumerable.Repeat("\u0301\u0316", MaxBody / 4));

    static readonly string Expanding = new('\uFDFA', MaxBody / 3);

    public static TheoryData<string> Rules => [.. Checks.Keys];

    static readonly Dictionary<string, Action<string>> Checks = new()
    {
        ["username"] = text => Assert.NotNull(Identifier.CheckUsername(text)),
        ["email"] = text => Assert.NotNull(Identifier.CheckEmail(text)),
        ["email, after the at"] = text => Assert.NotNull(Identifier.CheckEmail("a@" + text)),
        ["name at login"] = text => Assert.Null(Identifier.TryNormalize(text)),
        ["password"] = text => Assert.NotNull(PasswordPolicy.Check(text, "bob", null)),
        ["password beside a username"] = text => Assert.NotNull(PasswordPolicy.Check("password", text, text)),
        ["password to compare"] = text => Assert.Throws<ArgumentOutOfRangeException>(() => PasswordPolicy.Prehash(text)),
        ["station"] = text => Assert.NotNull(TrainName.Problem(text)),
        ["plate"] = text => Assert.NotNull(Plate.Normalize(text, out _)),
        ["symbol"] = text => Assert.Null(Instrument.Symbol(text)),
        ["isin"] = text => Assert.Null(Instrument.Isin(text)),
        ["time zone"] = text => Assert.False(TimeZones.IsKnown(text)),
    };

    [Theory, MemberData(nameof(Rules))]
    public void Too_long_text_is_refused_before_it_is_normalized(string rule)
    {
        // From other texts, if any: "password" has eight characters.
        foreach (var text in new[] { Marks, Expanding, new string('\u0345', MaxBody / 2) })
            Assert.InRange(Count(() => Checks[rule](text)), 0, 8);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(250)]
    [InlineData(512)]
    [InlineData(Identifier.MaxWrittenLength)]
    public void Text_within_the_limits_is_normalized_a_constant_number_of_times(int length)
    {
        foreach (var text in new[] { Marks[..length], Expanding[..length] })
        {
            Assert.InRange(Count(() => Identifier.TryNormalize(text)), 1, 20 * length);
            Assert.InRange(Count(() => PasswordPolicy.Check(text, "bob", null)), 0, 60 * length);
            Assert.InRange(Count(() => PasswordPolicy.Prehash(text)), 1, length);
        }
    }

    [Fact]
    public void Normalizing_unbounded_text_throws() =>
        Assert.Throws<ArgumentException>(() => UnicodeNormalization.ComposeCompatible(new string('a', UnicodeNormalization.MaxLength + 1)));

    // More stops than allowed and the maximum number of coaches: each name is normalized a constant number of times.
    [Theory]
    [InlineData(10_000, 1)]
    [InlineData(64, 1)]
    [InlineData(2, 2000)]
    [InlineData(2, 20_000)]
    public void The_cost_of_a_long_train_is_proportional_to_its_names(int stops, int coaches)
    {
        const int NameLength = 4,
            Times = 6;
        var run = Enumerable.Range(0, stops).Select(i => new Stop($"s{i:000}", null, null, i)).ToList();
        var train = Enumerable.Range(0, coaches).Select(i => new Coach($"c{i}", $"k{i % 2:000}", 1, 1)).ToList();

        var characters = Count(() => Record.Exception(() => TrainRun.Create("1", "Express", new(2190, 1, 1), run, train)));

        Assert.InRange(characters, 0, Times * NameLength * (TrainRun.MaxStops + TrainRun.MaxSeats));
    }

    static long Count(Action act)
    {
        Assert.True(Listener.Value.IsListening);
        var before = counted;
        act();
        return counted - before;
    }

    // Shared by all tests of the class. The counter is incremented on the thread that normalizes, so tests on other threads do not affect
    // it.
    sealed class Characters : IDisposable
    {
        readonly MeterListener listener = new();

        public Characters()
        {
            // The counter is created on first use.
            UnicodeNormalization.Compose("");
            listener.InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name != UnicodeNormalization.MeterName)
                    return;
                self.EnableMeasurementEvents(instrument);
                IsListening = true;
            };
            listener.SetMeasurementEventCallback<long>((_, characters, _, _) => counted += characters);
            listener.Start();
        }

        public bool IsListening { get; private set; }

        public void Dispose() => listener.Dispose();
    }
}
