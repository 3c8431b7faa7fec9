namespace FunctionsApp.Functions.Ledger;

/// <summary>The grid lines of a money axis: multiples of 1, 2 or 5 times a power of ten.</summary>
/// <param name="Ticks">Ascending, 3 to 8. The first is at most the least value, the last at least the greatest.</param>
public sealed record MoneyAxis(decimal Step, IReadOnlyList<decimal> Ticks)
{
    /// <summary>Values beyond this, on either side, are drawn as this, so that calculations fit in a decimal.</summary>
    public const decimal Limit = 1e24m;

    // If values vary by less than this part of their size, the axis does not start at zero.
    const decimal CloseUp = 0.2m;

    // The axis covers at least this part of their size.
    const decimal LeastSpan = 0.02m;

    /// <summary>The axis for values between two. It starts at zero unless they differ little relative to their size.</summary>
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

    /// <summary>The smallest 1, 2 or 5 times a power of ten that is not less.</summary>
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
