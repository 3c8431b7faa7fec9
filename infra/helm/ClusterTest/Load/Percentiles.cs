namespace FunctionsApp.ClusterTest.Load;

/// <summary>Percentiles by the nearest rank.</summary>
public static class Percentiles
{
    /// <param name="values">In any order; not empty.</param>
    /// <param name="percent">From 0 to 100.</param>
    public static TimeSpan Of(IEnumerable<TimeSpan> values, double percent)
    {
        var sorted = values.Order().ToList();
        return sorted[Math.Clamp((int)Math.Ceiling(percent / 100 * sorted.Count) - 1, 0, sorted.Count - 1)];
    }
}
