using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using FunctionsApp.Core.Ledger;

namespace FunctionsApp.Core.Tests.Ledger;

public sealed class TimeWeightedReturnTests
{
    [Fact]
    public void Without_a_flow_there_is_no_return()
    {
        Assert.Null(TimeWeightedReturn.Of(null, 0));
        Assert.Null(TimeWeightedReturn.Of(null, 100));
    }

    [Fact]
    public void The_return_right_after_the_first_flow_is_zero() =>
        Assert.Equal(0, TimeWeightedReturn.Of(TimeWeightedReturn.Next(null, 0, 100), 100));

    [Theory]
    // The two investors of Investopedia's article "Time-Weighted Rate of Return": one pays in, the other takes out, and both have 9.79%.
    [InlineData(1_162_484, 100_000, 1_192_328, 0.0979)]
    [InlineData(1_162_484, -100_000, 1_003_440, 0.0979)]
    public void A_million_with_a_value_before_a_flow_and_at_the_end_has_the_return(decimal before, decimal flow, decimal end, double rate)
    {
        var chain = TimeWeightedReturn.Next(null, 0, 1_000_000);
        Assert.Equal(0.1625, TimeWeightedReturn.Of(chain, before)!.Value, 4);
        chain = TimeWeightedReturn.Next(chain, before, flow);
        Assert.Equal(0.1625, TimeWeightedReturn.Of(chain, before + flow)!.Value, 4);

        Assert.Equal(rate, TimeWeightedReturn.Of(chain, end)!.Value, 4);
    }

    [Fact]
    public void A_doubling_followed_by_a_loss_of_a_quarter_is_a_gain_of_a_half()
    {
        var chain = TimeWeightedReturn.Next(null, 0, 500);
        chain = TimeWeightedReturn.Next(chain, 1000, 1000);

        Assert.Equal(0.5, TimeWeightedReturn.Of(chain, 1500));
    }

    [Property]
    public void A_return_is_a_number_or_null(double growth, decimal after, decimal value)
    {
        var found = TimeWeightedReturn.Of(new ReturnChain(Math.Abs(growth), after), value);

        Assert.True(found is null || double.IsFinite(found.Value));
    }

    [Fact]
    public void Periods_without_value_do_not_count()
    {
        var chain = TimeWeightedReturn.Next(null, 0, 100);
        chain = TimeWeightedReturn.Next(chain, 120, -120);
        Assert.Equal(new(1.2, 0), chain);
        Assert.Equal(0.2, TimeWeightedReturn.Of(chain, 0)!.Value, 12);
        // A dividend that came after all was sold and taken out.
        Assert.Equal(0.2, TimeWeightedReturn.Of(chain, 5)!.Value, 12);

        chain = TimeWeightedReturn.Next(chain, 0, 1000);
        Assert.Equal(0.32, TimeWeightedReturn.Of(chain, 1100)!.Value, 12);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-10)]
    public void After_a_total_loss_the_return_stays_minus_100_percent(decimal nothing)
    {
        var chain = TimeWeightedReturn.Next(null, 0, 100);
        Assert.Equal(-1, TimeWeightedReturn.Of(chain, nothing));

        chain = TimeWeightedReturn.Next(chain, nothing, 500);
        Assert.Equal(0, chain.Growth);
        Assert.Equal(-1, TimeWeightedReturn.Of(chain, 5000));
        Assert.Equal(-1, TimeWeightedReturn.Of(TimeWeightedReturn.Next(chain, 5000, -1), 10_000));
    }

    [Fact]
    public void A_withdrawal_of_more_than_the_value_starts_the_next_period_at_nothing()
    {
        var chain = TimeWeightedReturn.Next(TimeWeightedReturn.Next(null, 0, 100), 150, -200);

        Assert.Equal(0.5, TimeWeightedReturn.Of(chain, -40));
        Assert.Equal(0.5, TimeWeightedReturn.Of(TimeWeightedReturn.Next(chain, -40, 140), 100));
    }

    [Fact]
    public void The_smallest_and_largest_amounts_have_a_return()
    {
        Assert.Equal(
            1e32,
            TimeWeightedReturn.Of(TimeWeightedReturn.Next(null, 0, 0.0001m), 10_000_000_000_000_000_000_000_000_000m)!.Value,
            1e20
        );
        Assert.Equal(
            -1,
            TimeWeightedReturn.Of(TimeWeightedReturn.Next(null, 0, 10_000_000_000_000_000_000_000_000_000m), 0.0001m)!.Value,
            12
        );
    }

    [Property]
    public Property Whatever_the_flows_the_return_is_that_of_the_factors() =>
        Prop.ForAll(
            SubPeriods,
            periods =>
            {
                ReturnChain? chain = TimeWeightedReturn.Next(null, 0, 1000);
                var value = 1000m;
                var product = 1.0;
                foreach (var (factor, part) in periods)
                {
                    value = Math.Round(value * factor, 10);
                    product *= (double)factor;
                    Assert.Equal(product, 1 + TimeWeightedReturn.Of(chain, value)!.Value, 1e-6 * product);

                    var flow = Math.Round(value * part, 10);
                    chain = TimeWeightedReturn.Next(chain, value, flow);
                    value += flow;
                    Assert.Equal(product, 1 + TimeWeightedReturn.Of(chain, value)!.Value, 1e-6 * product);
                }
            }
        );

    [Property]
    public Property A_flow_of_zero_does_not_change_the_return() =>
        Prop.ForAll(
            SubPeriods,
            periods =>
            {
                var chain = TimeWeightedReturn.Next(null, 0, 1000);
                var value = 1000m;
                foreach (var (factor, part) in periods)
                {
                    value = Math.Round(value * factor, 10);
                    var noted = TimeWeightedReturn.Next(chain, value, 0);
                    Assert.Equal(
                        1 + TimeWeightedReturn.Of(chain, value * 1.5m)!.Value,
                        1 + TimeWeightedReturn.Of(noted, value * 1.5m)!.Value,
                        1e-9 * noted.Growth
                    );
                    chain = TimeWeightedReturn.Next(chain, value, value * part);
                    value += value * part;
                }
            }
        );

    /// <summary>
    /// Factors of growth from a half to twice, and flows from -80% to +80% of the value, that leave enough of it to be
    /// exact.
    /// </summary>
    static Arbitrary<(decimal Factor, decimal Part)[]> SubPeriods =>
        Gen.Zip(Gen.Choose(500, 2000).Select(one => one / 1000m), Gen.Choose(-80, 80).Select(one => one / 100m))
            .Select(one => (one.Item1, one.Item2))
            .ListOf()
            .Select(all => all.Take(12).ToArray())
            .ToArbitrary();
}
