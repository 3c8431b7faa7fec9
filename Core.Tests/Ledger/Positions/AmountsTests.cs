using FsCheck.Xunit;
using FunctionsApp.Core.Ledger;

namespace FunctionsApp.Core.Tests.Ledger;

public sealed class AmountsTests
{
    [Property(MaxTest = 2000)]
    public bool A_normal_value_equals_the_value_and_has_no_trailing_zeros(
        int low,
        int middle,
        int high,
        bool isNegative,
        byte scale,
        int kind
    )
    {
        // With 32, 64 or 96 bits.
        var value = new decimal(low, kind % 3 == 0 ? 0 : middle, kind % 3 == 1 ? high : 0, isNegative, (byte)(scale % 29));

        return IsNormal(value, Amounts.Normal(value));
    }

    [Property(MaxTest = 2000)]
    public bool Trailing_zeros_are_removed(int digits, byte zeros, byte scale)
    {
        var value = new decimal(digits);
        for (var i = 0; i < zeros % 18; i++)
            value *= 10;
        var bits = decimal.GetBits(value);
        value = new decimal(bits[0], bits[1], bits[2], digits < 0, (byte)(scale % 29));

        return IsNormal(value, Amounts.Normal(value));
    }

    [Fact]
    public void Zero_has_no_sign_and_no_decimals()
    {
        var zero = Amounts.Normal(new decimal(0, 0, 0, isNegative: true, scale: 5));

        Assert.Equal([0, 0, 0, 0], decimal.GetBits(zero));
    }

    static bool IsNormal(decimal value, decimal normal)
    {
        // Division of a decimal by one with 28 zeros removes trailing zeros.
        var expected = value == 0 ? 0 : value / 1.0000000000000000000000000000m;
        return normal == value && decimal.GetBits(normal).SequenceEqual(decimal.GetBits(expected));
    }
}
