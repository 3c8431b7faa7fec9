namespace FunctionsApp.Core.Ledger;

/// <summary>
/// Money and quantities: their limits, and sums and products that are exact or refused. A <see cref="decimal"/> holds 28 digits and
/// silently drops the last ones if they do not fit.
/// </summary>
public static class Amounts
{
    /// <summary>Decimals of a quantity.</summary>
    public const int QuantityDecimals = 10;

    /// <summary>Decimals of a price of one unit.</summary>
    public const int PriceDecimals = 6;

    /// <summary>Decimals of an amount of money.</summary>
    public const int MoneyDecimals = 4;

    /// <summary>Decimals of the cost of a part of a lot, which is rounded.</summary>
    public const int CostDecimals = 10;

    /// <summary>Quantities, prices, amounts and products of quantity and price must be less than this.</summary>
    public const decimal Limit = 1_000_000_000_000m;

    /// <summary>The error for a product of quantity and price that is too large.</summary>
    public const string ValueRule = "Quantity times price must be less than 1000000000000.";

    /// <summary>The error for a quantity; null if it is valid.</summary>
    public static string? QuantityProblem(decimal quantity) => Problem(quantity, QuantityDecimals, orZero: false);

    /// <summary>The error for a price of one unit; null if it is valid.</summary>
    public static string? PriceProblem(decimal price) => Problem(price, PriceDecimals, orZero: true);

    /// <summary>The error for an amount of money; null if it is valid.</summary>
    public static string? MoneyProblem(decimal amount) => Problem(amount, MoneyDecimals, orZero: false);

    /// <summary>The error for the charges of a trade; null if they are valid.</summary>
    public static string? ChargesProblem(decimal charges) => Problem(charges, MoneyDecimals, orZero: true);

    /// <summary>The value without trailing zeros, and zero without a sign.</summary>
    public static decimal Normal(decimal value)
    {
        if (value == 0)
            return 0;
        var scale = value.Scale;
        if (scale == 0)
            return value;
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        // A quotient of decimals has no trailing zeros, but dividing is slow. Almost all amounts have at most 64 bits.
        if (bits[2] != 0)
            return value / 1.0000000000000000000000000000m;
        var digits = (uint)bits[0] | ((ulong)(uint)bits[1] << 32);
        while (scale > 0 && digits % 10 == 0)
        {
            digits /= 10;
            scale--;
        }

        return scale == value.Scale ? value : new((int)digits, (int)(digits >> 32), 0, value < 0, scale);
    }

    /// <summary>The exact sum.</summary>
    /// <exception cref="OverflowException">It has more digits than a decimal holds.</exception>
    public static decimal Sum(decimal one, decimal other)
    {
        one = Normal(one);
        other = Normal(other);
        var sum = one + other;
        return sum.Scale >= Math.Max(one.Scale, other.Scale) ? Normal(sum) : throw TooLong();
    }

    /// <summary>The exact product.</summary>
    /// <exception cref="OverflowException">It has more digits than a decimal holds.</exception>
    public static decimal Product(decimal one, decimal other)
    {
        one = Normal(one);
        other = Normal(other);
        var product = one * other;
        return product.Scale == one.Scale + other.Scale || product == 0 ? Normal(product) : throw TooLong();
    }

    /// <summary>
    /// <paramref name="whole"/> times <paramref name="part"/> divided by <paramref name="of"/>, with <see cref="CostDecimals"/> decimals,
    /// rounded half to even; exact if the part is the whole.
    /// </summary>
    public static decimal ProRata(decimal whole, decimal part, decimal of) =>
        part == of ? whole
        : part == 0 ? 0
        : Normal(Math.Round(whole / of * part, CostDecimals, MidpointRounding.ToEven));

    static OverflowException TooLong() => new("An amount has more digits than can be stored exactly.");

    static string? Problem(decimal value, int decimals, bool orZero) =>
        value switch
        {
            < 0 => orZero ? "Must not be below 0." : "Must be greater than 0.",
            0 => orZero ? null : "Must be greater than 0.",
            >= Limit => "Must be less than 1000000000000.",
            _ => Normal(value).Scale > decimals ? $"Must have at most {decimals} decimals." : null,
        };
}
