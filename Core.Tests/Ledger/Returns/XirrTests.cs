using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using FunctionsApp.Core.Ledger;

namespace FunctionsApp.Core.Tests.Ledger;

public sealed class XirrTests
{
    static readonly DateOnly Start = new(2020, 1, 1);

    /// <summary>Halves the range of rates a fixed number of times; null when the ends have the same sign.</summary>
    static double? SlowRate(IEnumerable<CashFlow> flows, decimal value, DateOnly day)
    {
        var all = flows.Append(new(day, -value)).ToList();
        var first = all.Min(flow => flow.Day);
        double Worth(double x) => all.Sum(flow => (double)flow.Amount * Math.Exp(-x * (flow.Day.DayNumber - first.DayNumber) / 365.0));
        double low = Math.Log(1e-4),
            high = Math.Log(10_001);
        var sign = Math.Sign(Worth(low));
        if (sign == Math.Sign(Worth(high)))
            return null;
        for (var i = 0; i < 100; i++)
        {
            var middle = (low + high) / 2;
            if (Math.Sign(Worth(middle)) == sign)
                low = middle;
            else
                high = middle;
        }

        return Math.Exp(low) - 1;
    }

    [Fact]
    public void The_example_of_spreadsheet_manuals_has_the_documented_rate()
    {
        CashFlow[] flows =
        [
            new(new(2008, 1, 1), 10_000),
            new(new(2008, 3, 1), -2750),
            new(new(2008, 10, 30), -4250),
            new(new(2009, 2, 15), -3250),
        ];

        // They print 0.373362535, of steps that end at 1e-8.
        Assert.Equal(0.373362535, RateOf(flows, 2750, new(2009, 4, 1)), 1e-8);
        Assert.Equal(0.3733625335188, RateOf(flows, 2750, new(2009, 4, 1)), 1e-12);
        Assert.Equal(0.3733625335188, RateOf([.. flows.Reverse(), new(new(2009, 4, 1), -2750)], 0, new(2009, 4, 1)), 1e-12);
        Assert.Equal(0.3733625335188, RateOf([.. flows, new(new(2009, 4, 1), -2750)], 0, new(2020, 4, 1)), 1e-12);
    }

    [Theory]
    [InlineData(365, 110, 0.1)]
    [InlineData(365, 100, 0)]
    [InlineData(365, 90, -0.1)]
    [InlineData(730, 121, 0.1)]
    [InlineData(365, 0.02, -0.9998)]
    [InlineData(365, 999_999, 9998.99)]
    [InlineData(1, 102, 1376.408291)]
    [InlineData(1, 98, -0.999372719)]
    [InlineData(36500, 200, 0.006955550)]
    public void A_deposit_of_100_with_a_value_after_days_has_the_rate(int days, decimal value, double rate) =>
        Assert.Equal(rate, RateOf([new(Start, 100)], value, Start.AddDays(days)), 1e-6 * Math.Max(1, rate));

    [Theory]
    [InlineData("There are no flows.", 100, 365)]
    [InlineData("No day has passed since the first flow.", 100, 0, 0, 100)]
    [InlineData("No day has passed since the first flow.", 100, 7, 7, 100, 7, -50)]
    [InlineData("There is no rate: nothing came back.", 0, 365, 0, 100)]
    [InlineData("There is no rate: nothing came back.", 0, 365, 0, 100, 100, 0)]
    [InlineData("There is no rate: nothing came back.", 10, 365, 0, 100, 365, 20)]
    [InlineData("There is no rate: nothing was put in.", 100, 365, 0, -100)]
    [InlineData("There is no rate: nothing was put in.", 100, 365, 0, 100, 0, -100)]
    [InlineData("There is no rate: nothing was put in.", 0, 365, 0, 0)]
    [InlineData("No rate from -99.99% to 1,000,000% per year fits these flows.", 0.009, 365, 0, 100)]
    [InlineData("No rate from -99.99% to 1,000,000% per year fits these flows.", 1_000_200, 365, 0, 100)]
    [InlineData("No rate from -99.99% to 1,000,000% per year fits these flows.", 90, 1, 0, 100)]
    [InlineData("No rate from -99.99% to 1,000,000% per year fits these flows.", 0, 730, 0, 100, 365, -150, 730, 100)]
    public void Flows_without_a_rate_have_a_reason(string reason, decimal value, int day, params int[] flows)
    {
        var result = Xirr.Of(Flows(flows), value, Start.AddDays(day));

        Assert.Equal((null, reason), (result.Rate, result.Reason));
    }

    [Fact]
    public void Flows_that_fit_two_rates_have_none()
    {
        // 100 * 1.1^2 - 230 * 1.1 + 132 = 0 and 100 * 1.2^2 - 230 * 1.2 + 132 = 0.
        Assert.Equal(new(null, "More than one rate fits these flows."), Xirr.Of(Flows(0, 100, 365, -230, 730, 132), 0, Start.AddDays(730)));
        Assert.Equal(
            new(null, "More than one rate fits these flows."),
            Xirr.Of(Flows(0, -100, 365, 230, 730, -132), 0, Start.AddDays(730))
        );
    }

    [Fact]
    public void Flows_with_a_double_root_have_its_rate() =>
        Assert.Equal(0.1, RateOf(Flows(0, 100, 365, -220, 730, 121), 0, Start.AddDays(730)), 1e-6);

    [Fact]
    public void Flows_that_fit_three_rates_have_none() =>
        // (q - 1.1)(q - 1.2)(q - 1.3), times 1000.
        Assert.Equal(
            new(null, "More than one rate fits these flows."),
            Xirr.Of(Flows(0, 1000, 365, -3600, 730, 4310), 1716, Start.AddDays(1095))
        );

    [Fact]
    public void A_balance_that_changes_sides_with_a_single_rate_has_that_rate() =>
        // (q - 1.1)(q^2 + 1), times 1000: paid in, borrowed more than that, paid back, borrowed again.
        Assert.Equal(0.1, RateOf(Flows(0, 1000, 365, -1100, 730, 1000), 1100, Start.AddDays(1095)), 1e-12);

    /// <summary>A decimal zero can have a sign, and sums of opposite amounts can be a negative zero.</summary>
    [Fact]
    public void A_value_of_minus_zero_is_zero() =>
        Assert.Equal(0, RateOf([new(Start, 100), new(Start.AddDays(365), -100)], -0.0m, Start.AddDays(365)), 1e-9);

    [Fact]
    public void A_flow_after_the_value_or_a_value_below_zero_throws()
    {
        Assert.Throws<ArgumentException>(() => Xirr.Of(Flows(0, 100, 366, 100), 100, Start.AddDays(365)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Xirr.Of(Flows(0, 100), -1, Start.AddDays(365)));
    }

    [Theory]
    [InlineData("0.0000000000000000000000000001", "0.0000000000000000000000000002", 1)]
    [InlineData("30000000000000000000000000000", "60000000000000000000000000000", 1)]
    [InlineData("1", "100000000000000000000", 9999)]
    public void Tiny_and_huge_amounts_have_a_rate(string amount, string value, double rate)
    {
        var years = rate == 1 ? 1 : 5;
        Assert.Equal(
            rate,
            RateOf(
                [new(Start, decimal.Parse(amount, CultureInfo.InvariantCulture))],
                decimal.Parse(value, CultureInfo.InvariantCulture),
                Start.AddDays(365 * years)
            ),
            1e-9 * rate
        );
    }

    [Property(MaxTest = 1000)]
    public Property A_portfolio_that_grew_at_a_rate_has_that_rate() =>
        Prop.ForAll(
            Portfolios,
            portfolio =>
            {
                var (value, day) = portfolio.End;
                var result = Xirr.Of(portfolio.Flows, value, day);

                Assert.Null(result.Reason);
                Assert.Equal(1 + portfolio.Rate, 1 + result.Rate!.Value, 1e-9 * (1 + portfolio.Rate));
            }
        );

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-0.9, 90)]
    [InlineData(5, 90)]
    public void A_generated_portfolio_has_a_positive_value_at_the_end_for_any_withdrawals_and_losses(double rate, int gap)
    {
        for (var part = -100; part <= 100; part++)
        {
            var portfolio = Grown(rate, [.. Enumerable.Repeat(gap, 100)], [.. Enumerable.Repeat(part, 100)], last: 400);
            Assert.True(portfolio.End.Value > 0, $"part {part}");
        }
    }

    [Property]
    public Property The_unit_of_the_amounts_does_not_change_the_rate() =>
        Prop.ForAll(
            Portfolios,
            Gen.Choose(1, 1_000_000).ToArbitrary(),
            (portfolio, unit) =>
            {
                var (value, day) = portfolio.End;
                var one = RateOf(portfolio.Flows, value, day);
                var other = RateOf([.. portfolio.Flows.Select(flow => flow with { Amount = flow.Amount * unit })], value * unit, day);

                Assert.Equal(1 + one, 1 + other, 1e-10 * (1 + one));
            }
        );

    [Property(MaxTest = 500)]
    public Property The_order_of_the_flows_does_not_change_the_rate() =>
        Prop.ForAll(
            Portfolios,
            Gen.Choose(0, int.MaxValue).ToArbitrary(),
            (portfolio, seed) =>
            {
                var (value, day) = portfolio.End;
                var shuffled = portfolio.Flows.ToArray();
                new Random(seed).Shuffle(shuffled);

                Assert.Equal(Xirr.Of(portfolio.Flows, value, day), Xirr.Of(shuffled, value, day));
            }
        );

    [Property(MaxTest = 1000)]
    public Property A_single_change_of_sign_has_the_rate_of_a_slow_bisection() =>
        Prop.ForAll(
            SingleChanges,
            one =>
            {
                var result = Xirr.Of(one.Flows, one.Value, one.Day);
                var slow = SlowRate(one.Flows, one.Value, one.Day);

                Assert.Equal(slow is null, result.Rate is null);
                if (slow is { } rate)
                    Assert.Equal(1 + rate, 1 + result.Rate!.Value, 1e-9 * (1 + rate));
            }
        );

    [Property(MaxTest = 1000)]
    public Property Any_flows_have_a_rate_that_fits_or_a_reason() =>
        Prop.ForAll(
            AnyFlows,
            one =>
            {
                var result = Xirr.Of(one.Flows, one.Value, one.Day);
                Assert.True(result.Rate is null != result.Reason is null);

                // As many as a fine grid finds, which misses pairs within one step.
                var (signs, roots) = Grid(one.Flows, one.Value, one.Day);
                if (result.Rate is { } rate)
                {
                    Assert.True(roots.Count <= 1, $"{rate} is not the only rate: {string.Join(", ", roots)}");
                    if (signs > 1 && roots.Count == 1)
                        Assert.Equal(roots[0], rate, 0.01 * (1 + rate));
                }
                else
                {
                    Assert.True(
                        roots.Count != 1 || result.Reason!.StartsWith("More than one", StringComparison.Ordinal),
                        $"{result.Reason} But one fits: {string.Join(", ", roots)}"
                    );
                    if (roots.Count > 1)
                        Assert.StartsWith("More than one", result.Reason, StringComparison.Ordinal);
                }
            }
        );

    [Fact]
    public void Ten_years_of_daily_flows_are_solved_in_few_sums()
    {
        var random = new Random(1);
        var flows = new List<CashFlow>();
        double balance = 0,
            factor = Math.Pow(1.1234, 1 / 365.0);
        for (var day = 0; day < 3650; day++, balance *= factor)
        {
            var amount = (decimal)
                Math.Round(
                    day == 0 ? 10_000
                        : random.NextDouble() < 0.5 ? random.NextDouble() * 1000
                        : -balance * 0.1 * random.NextDouble(),
                    2
                );
            flows.Add(new(Start.AddDays(day), amount));
            balance += (double)amount;
        }

        random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(flows));
        var result = Xirr.Of(flows, (decimal)balance, Start.AddDays(3650), out var sums);

        Assert.Equal(0.1234, result.Rate!.Value, 1e-10);
        Assert.InRange(sums, 1, 15);
    }

    [Fact]
    public void Random_flows_of_both_signs_take_a_bounded_number_of_sums()
    {
        var random = new Random(2);
        for (var run = 0; run < 10; run++)
        {
            var flows = Enumerable
                .Range(0, 3650)
                .Select(day => new CashFlow(Start.AddDays(day), (decimal)(random.NextDouble() - 0.5)))
                .ToList();

            var result = Xirr.Of(flows, 1, Start.AddDays(3650), out var sums);

            TestContext.Current.TestOutputHelper?.WriteLine($"{sums}: {result}");
            Assert.InRange(sums, 1, 1000);
        }
    }

    public sealed record Portfolio(double Rate, IReadOnlyList<CashFlow> Flows, (decimal Value, DateOnly Day) End);

    public sealed record Dated(IReadOnlyList<CashFlow> Flows, decimal Value, DateOnly Day);

    /// <summary>Grown at a rate, never below nothing, worth something at the end.</summary>
    static Arbitrary<Portfolio> Portfolios =>
        (
            from rate in Gen.Frequency(
                (3, Gen.Choose(-300, 1000).Select(one => one / 1000.0)),
                (1, Gen.Choose(-900, 5000).Select(one => one / 1000.0))
            )
            from gaps in Gen.Choose(0, 90).NonEmptyListOf()
            from parts in Gen.Choose(-100, 100).ListOf(gaps.Count)
            from last in Gen.Choose(20, 400)
            select Grown(rate, gaps, parts, last)
        ).ToArbitrary();

    static Portfolio Grown(double rate, IList<int> gaps, IList<int> parts, int last)
    {
        var flows = new List<CashFlow> { new(Start, 1_000_000) };
        var balance = 1_000_000.0;
        var day = Start;
        for (var i = 0; i < gaps.Count; i++)
        {
            day = day.AddDays(gaps[i]);
            balance *= Math.Pow(1 + rate, gaps[i] / 365.0);
            // Up to twice as much more, or nearly all out. Within the bounds, rounding an amount never takes out more than is there,
            // and no amount is too large for a decimal.
            var part = balance switch
            {
                < 1e3 => 100,
                > 1e12 => -100,
                _ => parts[i],
            };
            var amount = (decimal)Math.Round(Math.Max(balance, 1e3) * (part > 0 ? part / 50.0 : part / 110.0), 8);
            flows.Add(new(day, amount));
            balance += (double)amount;
        }

        return new(rate, flows, ((decimal)(balance * Math.Pow(1 + rate, last / 365.0)), day.AddDays(last)));
    }

    /// <summary>All deposits, then all withdrawals.</summary>
    static Arbitrary<Dated> SingleChanges =>
        (
            from ins in Gen.Zip(Gen.Choose(0, 2000), Gen.Choose(1, 1_000_000)).NonEmptyListOf()
            from backs in Gen.Zip(Gen.Choose(2001, 4000), Gen.Choose(1, 1_000_000)).ListOf()
            from value in Gen.Choose(0, 2_000_000)
            select new Dated(
                [
                    .. ins.Select(one => new CashFlow(Start.AddDays(one.Item1), one.Item2)),
                    .. backs.Select(one => new CashFlow(Start.AddDays(one.Item1), -one.Item2)),
                ],
                backs.Count == 0 ? value + 1 : value,
                Start.AddDays(4001)
            )
        ).ToArbitrary();

    static Arbitrary<Dated> AnyFlows =>
        (
            from flows in Gen.Zip(Gen.Choose(0, 8).Select(one => one * 91), Gen.Choose(-100, 100)).NonEmptyListOf()
            from value in Gen.Choose(0, 200)
            select new Dated([.. flows.Select(one => new CashFlow(Start.AddDays(one.Item1), one.Item2))], value, Start.AddDays(800))
        ).ToArbitrary();

    /// <summary>The rates between which the sum changes its sign, on a grid of x = ln(1 + r).</summary>
    static (int Signs, List<double> Roots) Grid(IReadOnlyList<CashFlow> flows, decimal value, DateOnly day)
    {
        var net = flows
            .Append(new(day, -value))
            .GroupBy(flow => flow.Day)
            .OrderBy(one => one.Key)
            .Select(one => (Years: (one.Key.DayNumber - Start.DayNumber) / 365.0, Amount: (double)one.Sum(flow => flow.Amount)))
            .Where(one => one.Amount != 0)
            .ToList();
        var roots = new List<double>();
        var (before, sign) = (0.0, 0);
        for (var i = 0; i <= 2000; i++)
        {
            var x = Math.Log(1e-4) + i * (Math.Log(10_001) - Math.Log(1e-4)) / 2000;
            var worth = net.Sum(one => one.Amount * Math.Exp(-x * one.Years));
            if (sign != 0 && Math.Sign(worth) == -sign)
                roots.Add(Math.Exp((x + before) / 2) - 1);
            (before, sign) = (x, Math.Sign(worth));
        }

        return (net.Zip(net.Skip(1)).Count(pair => pair.First.Amount > 0 != pair.Second.Amount > 0), roots);
    }

    static double RateOf(IReadOnlyList<CashFlow> flows, decimal value, DateOnly day)
    {
        var result = Xirr.Of(flows, value, day);
        Assert.Null(result.Reason);
        return result.Rate!.Value;
    }

    /// <param name="pairs">Days since the start and amounts, in turns.</param>
    static CashFlow[] Flows(params int[] pairs) => [.. pairs.Chunk(2).Select(pair => new CashFlow(Start.AddDays(pair[0]), pair[1]))];
}
