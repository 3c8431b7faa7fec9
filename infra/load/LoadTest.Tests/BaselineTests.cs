using FunctionsApp.Benchmark;

namespace FunctionsApp.LoadTest.Tests;

public sealed class BaselineTests
{
    static readonly Baseline Earlier = new(
        "a machine",
        new Dictionary<string, Baseline.Ratio> { ["floor"] = new(0.8, 0.1), ["ceiling"] = new(2, 0.25) }
    );

    [Theory]
    [InlineData("floor", 0.73, false)]
    [InlineData("floor", 0.71, true)]
    [InlineData("floor", 5, false)]
    [InlineData("ceiling", 2.49, false)]
    [InlineData("ceiling", 2.51, true)]
    [InlineData("ceiling", 0.1, false)]
    [InlineData("unknown", 0, false)]
    public void A_row_is_a_regression_only_if_it_is_worse_by_more_than_the_noise(string name, double median, bool worse) =>
        Assert.Equal(worse, Earlier.FindRegressions([RowOf(name, median)]).Count == 1);

    [Fact]
    public void A_regression_is_described_with_both_ratios() =>
        Assert.Equal(
            "floor is worse than the baseline: 0.50 instead of 0.80, with a noise of 10%.",
            Assert.Single(Earlier.FindRegressions([RowOf("floor", 0.5)]))
        );

    [Fact]
    public void Renewing_replaces_measured_ratios_and_keeps_the_others()
    {
        var renewed = Earlier.With(
            [RowOf("floor", 0.5, 1, 0.9), RowOf("new", 1), RowOf("start", 1) with { Target = Target.AtMost(1, "s") }],
            "b"
        );

        Assert.Equal("b", renewed.Measured);
        Assert.Equal(["ceiling", "floor", "new"], renewed.Rows.Keys);
        Assert.Equal(new Baseline.Ratio(0.9, 0.28), renewed.Rows["floor"]);
        Assert.Equal(new Baseline.Ratio(1, 0.1), renewed.Rows["new"]);
    }

    [Fact]
    public void A_file_can_be_read_again_and_another_file_is_refused()
    {
        var file = Path.GetTempFileName();
        try
        {
            Earlier.Write(file);
            Assert.Equal(Earlier.Rows, Baseline.Read(file).Rows);
            File.WriteAllText(file, "{}");
            Assert.Throws<BenchmarkException>(() => Baseline.Read(file));
        }
        finally
        {
            File.Delete(file);
        }

        Assert.Throws<BenchmarkException>(() => Baseline.Read(file));
    }

    [Fact]
    public void The_committed_baseline_has_ratios() =>
        Assert.NotEmpty(Baseline.Read(Path.Combine(Repository.Root, "infra", "load", "baseline.json")).Rows);

    static Row RowOf(string name, params double[] values) =>
        new(name, "", name == "ceiling" ? Target.AtMost(1) : Target.AtLeast(1), values, "");
}
