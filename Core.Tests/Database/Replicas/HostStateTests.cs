using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>What is known of a server from an earlier answer.</summary>
public sealed class HostStateTests
{
    static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    static readonly HostState Drained = Standby(position: 90, received: 100, isDrained: true, timeline: 2);

    [Fact]
    public void A_standby_that_has_received_and_applied_nothing_more_is_still_drained() =>
        Assert.Equal(Drained, Standby(90, received: 100, isDrained: false, timeline: 2).After(Drained));

    [Theory]
    [InlineData(90, 110)]
    [InlineData(95, 100)]
    public void A_standby_that_has_received_or_applied_more_is_not_known_to_be_drained(int position, int received)
    {
        var now = Standby((ulong)position, (ulong)received, isDrained: false, timeline: 2);

        Assert.Equal(now, now.After(Drained));
    }

    [Theory]
    [InlineData(90, 100)]
    [InlineData(120, 120)]
    public void What_a_standby_has_received_is_known_once_it_was(int position, int received) =>
        Assert.Equal((ulong)received, Standby((ulong)position, null, isDrained: false, timeline: 2).After(Drained).Received);

    [Fact]
    public void A_timeline_never_becomes_older() =>
        Assert.Equal(2, Standby(90, received: 100, isDrained: true, timeline: 1).After(Drained).Timeline);

    [Fact]
    public void Another_process_says_nothing_about_this_one()
    {
        var now = Standby(90, null, isDrained: false, timeline: 1) with { StartedAt = Start.AddSeconds(1) };

        Assert.Equal(now, now.After(Drained));
        Assert.Equal(now, now.After(null));
    }

    [Fact]
    public void A_primary_has_received_nothing()
    {
        var promoted = new HostState(Start, IsStandby: false, 3, 130, Received: null, IsDrained: false, IsSynchronous: true);

        Assert.Equal(promoted, promoted.After(Drained));
    }

    static HostState Standby(ulong position, ulong? received, bool isDrained, int timeline) =>
        new(Start, IsStandby: true, timeline, position, received, isDrained, IsSynchronous: false);
}
