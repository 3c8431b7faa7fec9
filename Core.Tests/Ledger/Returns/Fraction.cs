using System.Numerics;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>A number without rounding, for the model.</summary>
readonly record struct Fraction
{
    public static readonly Fraction Zero = new(0, 1);

    readonly BigInteger over,
        under;

    Fraction(BigInteger over, BigInteger under)
    {
        var common = BigInteger.GreatestCommonDivisor(over, under);
        (this.over, this.under) = (over / common, under / common);
    }

    public static Fraction Of(decimal value)
    {
        var bits = decimal.GetBits(value);
        var mantissa = (new BigInteger((uint)bits[2]) << 64) + (new BigInteger((uint)bits[1]) << 32) + new BigInteger((uint)bits[0]);
        return new(value < 0 ? -mantissa : mantissa, BigInteger.Pow(10, value.Scale));
    }

    public static Fraction operator +(Fraction a, Fraction b) => new(a.over * b.under + b.over * a.under, a.under * b.under);

    public static Fraction operator -(Fraction a, Fraction b) => new(a.over * b.under - b.over * a.under, a.under * b.under);

    public static Fraction operator *(Fraction a, Fraction b) => new(a.over * b.over, a.under * b.under);

    public static Fraction operator /(Fraction a, Fraction b) =>
        b.over.Sign < 0 ? new(-a.over * b.under, -a.under * b.over) : new(a.over * b.under, a.under * b.over);

    public static bool operator <(Fraction a, Fraction b) => (a - b).over.Sign < 0;

    public static bool operator >(Fraction a, Fraction b) => b < a;

    /// <summary>With so many decimals, the rest cut off.</summary>
    public decimal Cut(int decimals)
    {
        var scale = BigInteger.Pow(10, decimals);
        return (decimal)(over * scale / under) / (decimal)scale;
    }

    public override string ToString() => Cut(12).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
