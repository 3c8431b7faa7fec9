namespace FunctionsApp.Benchmark;

/// <summary>The target of a row: <see cref="AtLeast"/> or <see cref="AtMost"/> a bound.</summary>
sealed record Target(double Bound, bool IsFloor, string Unit)
{
    public static Target AtLeast(double bound, string unit = "") => new(bound, IsFloor: true, unit);

    public static Target AtMost(double bound, string unit = "") => new(bound, IsFloor: false, unit);

    public bool Met(double value) => IsFloor ? value >= Bound : value <= Bound;
}

/// <summary>A row of the table: a value per round, of which the median counts.</summary>
/// <param name="What">The comparison.</param>
/// <param name="Detail">The figures behind the ratio, with units.</param>
sealed record Row(string Name, string What, Target Target, IReadOnlyList<double> Values, string Detail)
{
    public double Median => MedianOf(Values);

    public bool Met => Target.Met(Median);

    public static double MedianOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
