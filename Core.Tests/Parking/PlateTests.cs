using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using FunctionsApp.Core.Parking;

namespace FunctionsApp.Core.Tests.Parking;

public sealed class PlateTests
{
    [Theory]
    [InlineData("B-AB 1234", "BAB1234")]
    [InlineData("bab1234", "BAB1234")]
    [InlineData(" x ", "X")]
    [InlineData("а123вс77", "А123ВС77")]
    [InlineData("品川 300 あ 12-34", "品川300あ1234")]
    [InlineData("ＡＢ１", "AB1")]
    [InlineData("E\u0301 1", "\u00C91")]
    [InlineData("B\u2011A\u00A01", "BA1")]
    [InlineData("0123456789ABCDEF", "0123456789ABCDEF")]
    public void Spellings_of_a_plate_are_the_same_plate(string written, string plate)
    {
        Assert.Null(Plate.Normalize(written, out var normalized));
        Assert.Equal(plate, normalized);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" - ")]
    [InlineData("0123456789ABCDEFG")]
    [InlineData("A\tB")]
    [InlineData("A\nB")]
    [InlineData("A\u0000B")]
    [InlineData("A\u007FB")]
    [InlineData("A\u200BB")]
    [InlineData("A\u202EB")]
    [InlineData("A\u3164B")]
    [InlineData("A\uFFFEB")]
    [InlineData("A_B")]
    [InlineData("A'B")]
    [InlineData("🚗")]
    public void An_invalid_plate_is_refused(string written)
    {
        Assert.NotNull(Plate.Normalize(written, out var plate));
        Assert.Equal("", plate);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_refused() => Assert.NotNull(Plate.Normalize("A\uD83E", out _));

    [Fact]
    public void A_long_text_is_refused() => Assert.NotNull(Plate.Normalize(new string(' ', Plate.MaxWrittenLength) + "A", out _));

    [Property(MaxTest = 1000)]
    public Property A_normalized_plate_is_short_and_stays_as_it_is() =>
        Prop.ForAll(
            Gen.Choose(0, 0xFFFF).Select(value => (char)value).ArrayOf().Select(text => new string(text)).ToArbitrary(),
            written =>
            {
                if (Plate.Normalize(written, out var plate) is not null)
                    return;
                Assert.InRange(plate.EnumerateRunes().Count(), 1, Plate.MaxLength);
                Assert.All(plate.EnumerateRunes(), rune => Assert.True(Rune.IsLetterOrDigit(rune)));
                Assert.Null(Plate.Normalize(plate, out var again));
                Assert.Equal(plate, again);
                Assert.Null(Plate.Normalize($"- {plate} -", out var spaced));
                Assert.Equal(plate, spaced);
            }
        );
}
