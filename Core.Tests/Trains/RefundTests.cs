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
    public void A_refund_at_the_last_moment_of_a_step_has_its_percentage_and_a_tick_later_a_lower_one(int hours, int percent)
    {
        Assert.Equal(new(percent, percent), Refund.Of(100, TimeSpan.FromHours(hours)));
        if (hours <= 48)
            Assert.True(Refund.Of(100, TimeSpan.FromHours(hours) - TimeSpan.FromTicks(1)).Percent < percent);
    }

    [Fact]
    public void A_late_cancellation_has_no_refund()
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
    public void A_refund_is_rounded_down_to_hundredths(string fare, string amount) =>
        Assert.Equal(
            decimal.Parse(amount, CultureInfo.InvariantCulture),
            Refund.Of(decimal.Parse(fare, CultureInfo.InvariantCulture), TimeSpan.FromHours(30)).Amount
        );

    [Fact]
    public void A_full_refund_is_the_fare() => Assert.Equal(new(100, 942.43m), Refund.Full(942.43m));

    [Theory]
    [InlineData(100, "Full refund")]
    [InlineData(90, "90% of the fare up to 48 hours")]
    [InlineData(75, "75% of the fare up to 24 hours")]
    [InlineData(50, "50% of the fare up to 12 hours")]
    [InlineData(25, "25% of the fare up to 4 hours")]
    [InlineData(0, "No refund less than 4 hours")]
    public void Every_percentage_has_its_rule(int percent, string beginning) =>
        Assert.StartsWith(beginning, Refund.RuleOf(percent), StringComparison.Ordinal);
}
