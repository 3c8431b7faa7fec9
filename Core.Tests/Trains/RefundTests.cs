using System.Globalization;
using FunctionsApp.Core.Trains;

namespace FunctionsApp.Core.Tests.Trains;

public sealed class RefundTests
{
    [Theory]
    [InlineData(1000, 90)]
    [InlineData(48, 90)]
    [InlineData(24, 75)]
    [InlineData(12, 50)]
    [InlineData(4, 25)]
    public void At_the_last_moment_of_a_step_its_percentage_comes_back_and_a_tick_later_less(int hours, int percent)
    {
        Assert.Equal(new(percent, percent), Refund.Of(100, TimeSpan.FromHours(hours)));
        if (hours <= 48)
            Assert.True(Refund.Of(100, TimeSpan.FromHours(hours) - TimeSpan.FromTicks(1)).Percent < percent);
    }

    [Fact]
    public void Late_and_after_departure_nothing_comes_back()
    {
        Assert.Equal(new(0, 0), Refund.Of(100, TimeSpan.FromHours(4) - TimeSpan.FromTicks(1)));
        Assert.Equal(new(0, 0), Refund.Of(100, TimeSpan.Zero));
        Assert.Equal(new(0, 0), Refund.Of(100, TimeSpan.MinValue));
    }

    [Theory]
    [InlineData("0.01", "0.00")]
    [InlineData("0.05", "0.03")]
    [InlineData("942.43", "706.82")]
    [InlineData("0", "0")]
    public void Parts_of_a_hundredth_are_not_given_back(string fare, string amount) =>
        Assert.Equal(decimal.Parse(amount, CultureInfo.InvariantCulture), Refund.Of(decimal.Parse(fare, CultureInfo.InvariantCulture), TimeSpan.FromHours(30)).Amount);

    [Fact]
    public void All_of_it_is_all_of_it() => Assert.Equal(new(100, 942.43m), Refund.Full(942.43m));

    [Theory]
    [InlineData(100, "All")]
    [InlineData(90, "90 % of the fare until 48 hours")]
    [InlineData(75, "75 % of the fare until 24 hours")]
    [InlineData(50, "50 % of the fare until 12 hours")]
    [InlineData(25, "25 % of the fare until 4 hours")]
    [InlineData(0, "Nothing later than 4 hours")]
    public void Every_percentage_has_its_rule(int percent, string beginning) =>
        Assert.StartsWith(beginning, Refund.RuleOf(percent), StringComparison.Ordinal);
}
