using System.Globalization;

namespace FunctionsApp.Functions.Ledger;

/// <summary>Where the lines of a money axis are: at multiples of 1, 2 or 5 times a power of ten.</summary>
/// <param name="Ticks">Ascending, 3 to 8. The first is at most the least value, the last at least the greatest.</param>
public sealed record MoneyAxis(decimal Step, IReadOnlyList<decimal> Ticks)
{
    /// <summary>Values beyond this, on either side, are drawn as this: there is room to count in decimals.</summary>
    public const decimal Limit = 1e24m;

    // What varies by less than this part of its size is looked at closely, instead of from zero.
    const decimal CloseUp = 0.2m;

    // And no more closely than that the axis shows this part of it.
    const decimal LeastSpan = 0.02m;

    /// <summary>The axis for values between two. From zero, unless they differ little for their size.</summary>
    public static MoneyAxis Of(decimal least, decimal greatest)
    {
        (least, greatest) = (Math.Clamp(least, -Limit, Limit), Math.Clamp(greatest, -Limit, Limit));
        var size = Math.Max(Math.Abs(least), Math.Abs(greatest));
        if (size == 0)
            return Covering(0, 100);

        var span = greatest - least;
        if (span == 0 || span >= CloseUp * size || least < 0 != greatest < 0)
            return Covering(Math.Min(least, 0), Math.Max(greatest, 0));

        var margin = Math.Max(0, LeastSpan * size - span) / 2;
        return Covering(least - margin, greatest + margin);
    }

    static MoneyAxis Covering(decimal least, decimal greatest)
    {
        var step = NiceStep((greatest - least) / 5);
        var ticks = new List<decimal>();
        for (decimal i = Math.Floor(least / step), end = Math.Ceiling(greatest / step); i <= end; i++)
            ticks.Add(i * step);
        return new(step, ticks);
    }

    /// <summary>The least of 1, 2 and 5 times a power of ten that is not below.</summary>
    static decimal NiceStep(decimal least)
    {
        var power = 1m;
        while (power < least)
            power *= 10;
        while (power / 10 >= least && power > 1e-20m)
            power /= 10;
        return power / 5 >= least ? power / 5
            : power / 2 >= least ? power / 2
            : power;
    }
}
