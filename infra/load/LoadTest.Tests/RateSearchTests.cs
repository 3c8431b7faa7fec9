using FsCheck.Xunit;
using FunctionsApp.LoadTest.Search;

namespace FunctionsApp.LoadTest.Tests;

public sealed class RateSearchTests
{
    const double Tolerance = 0.1,
        Highest = 100_000;

    [Property]
    public void The_result_is_within_the_tolerance_of_what_the_server_can_do(ushort start, uint capacity)
    {
        var (first, most) = (start % 1000 + 1, capacity % 50_000 + 1);
        var (result, attacks) = Run(new(first, Highest, Tolerance), rate => rate <= most);
        Assert.NotNull(result);
        Assert.True(result <= most);
        // Rates are whole numbers, so small ones cannot be closer.
        Assert.True(result + 1 >= most / (1 + Tolerance), $"{result} of {most}");
        Assert.True(attacks < 60, $"{attacks} attacks");
    }

    [Fact]
    public void It_doubles_then_bisects_then_confirms()
    {
        List<double> rates = [];
        Run(
            new(100, Highest, Tolerance),
            rate =>
            {
                rates.Add(rate);
                return rate <= 300;
            }
        );
        Assert.Equal([100.0, 200, 400, 400, 300, 350, 350, 325, 325, 300], rates);
    }

    [Fact]
    public void A_server_that_fails_the_lowest_rate_has_no_result()
    {
        var search = new RateSearch(64, Highest, Tolerance);
        var (result, attacks) = Run(search, _ => false);
        Assert.Null(result);
        Assert.True(search.IsImpossible);
        Assert.Equal(14, attacks);
    }

    [Fact]
    public void No_rate_above_the_highest_is_tried()
    {
        var (result, _) = Run(
            new(64, 1000, Tolerance),
            rate =>
            {
                Assert.InRange(rate, 1, 1000);
                return true;
            }
        );
        Assert.Equal(1000, result);
    }

    [Fact]
    public void A_single_failure_does_not_count()
    {
        var search = new RateSearch(64, Highest, Tolerance);
        search.Add(new(64, Passed: false, Confirms: false));
        Assert.Equal((64, false), search.Next);
        search.Add(new(64, Passed: true, Confirms: false));
        Assert.Equal((128, false), search.Next);
    }

    [Fact]
    public void A_failed_confirmation_is_repeated_at_a_lower_rate()
    {
        var search = new RateSearch(100, 100, Tolerance);
        search.Add(new(100, Passed: true, Confirms: false));
        Assert.Equal((100, true), search.Next);
        search.Add(new(100, Passed: false, Confirms: true));
        Assert.Equal((100, true), search.Next);
        search.Add(new(100, Passed: false, Confirms: true));
        Assert.Equal((90, true), search.Next);
        search.Add(new(90, Passed: true, Confirms: true));
        Assert.Equal(90, search.Result);
        Assert.Null(search.Next);
    }

    [Property]
    public void An_interrupted_search_continues_with_the_same_attack(uint capacity, byte kept)
    {
        var most = capacity % 5000 + 1;
        var search = new RateSearch(64, Highest, Tolerance);
        List<AttackOutcome> outcomes = [];
        while (search.Next is var (rate, confirms) && outcomes.Count < kept % 12)
        {
            outcomes.Add(new(rate, rate <= most, confirms));
            search.Add(outcomes[^1]);
        }

        var resumed = new RateSearch(64, Highest, Tolerance);
        outcomes.ForEach(resumed.Add);
        Assert.Equal(search.Next, resumed.Next);
        Assert.Equal(search.Result, resumed.Result);
    }

    static (double? Result, int Attacks) Run(RateSearch search, Func<double, bool> passes)
    {
        var attacks = 0;
        while (search.Next is var (rate, confirms))
        {
            Assert.True(++attacks < 1000, "The search does not end.");
            search.Add(new(rate, passes(rate), confirms));
        }

        return (search.Result, attacks);
    }
}
