using FunctionsApp.Core.Ledger;

namespace FunctionsApp.Core.Tests.Ledger;

public sealed class OrderedIdsTests
{
    [Fact]
    public void Each_id_is_greater_than_the_one_before_also_when_counters_carry()
    {
        var now = new DateTimeOffset(2026, 11, 24, 3, 33, 0, 123, TimeSpan.Zero);
        var ids = new OrderedIds(now);
        var last = ids.Next();
        for (var i = 0; i < 300_000; i++)
        {
            var next = ids.Next();
            if (
                next.CompareTo(last) <= 0
                || string.CompareOrdinal($"{next}", $"{last}") <= 0
                || next.Version != 7
                || next.Variant is < 8 or > 11
            )
                Assert.Fail($"{last}, then {next}");
            last = next;
        }

        // The moment, as in every UUIDv7.
        Assert.Equal($"{Guid.CreateVersion7(now)}"[..13], $"{last}"[..13]);
    }

    [Fact]
    public void Ids_of_one_moment_and_place_differ()
    {
        var now = DateTimeOffset.UtcNow;

        Assert.Equal(1000, Enumerable.Range(0, 1000).Select(_ => new OrderedIds(now).Next()).Distinct().Count());
    }

    [Fact]
    public void An_id_created_later_is_greater()
    {
        var now = DateTimeOffset.UtcNow;
        var early = new OrderedIds(now);
        for (var i = 0; i < 100; i++)
            early.Next();

        Assert.True(early.Next().CompareTo(new OrderedIds(now.AddMilliseconds(1)).Next()) < 0);
    }
}
