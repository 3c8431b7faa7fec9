using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Core.Tests.Accounts;

/// <summary>The order of the ids of events.</summary>
public sealed class EventIdsTests
{
    [Fact]
    public void Each_id_is_greater_than_the_one_before()
    {
        var ids = Enumerable.Range(0, 20_000).Select(_ => EventIds.Next()).ToList();

        Assert.All(ids.Zip(ids.Skip(1)), pair => Assert.True(pair.First.CompareTo(pair.Second) < 0, $"{pair.First} {pair.Second}"));
    }

    [Fact]
    public async Task Concurrent_ids_differ_and_each_caller_sees_them_in_order()
    {
        var callers = await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(_ =>
                    Task.Run(() => Enumerable.Range(0, 5_000).Select(_ => EventIds.Next()).ToList(), TestContext.Current.CancellationToken)
                )
        );

        Assert.Equal(20_000, callers.SelectMany(ids => ids).Distinct().Count());
        Assert.All(callers, ids => Assert.Equal(ids.Order(), ids));
    }

    [Fact]
    public void An_id_is_a_uuid_of_version_7_and_contains_its_time()
    {
        var before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

        var id = EventIds.Next();

        Assert.Equal(7, id.Version);
        Assert.InRange(id.Variant, 8, 11);
        // Ids created faster than the clock counts are ahead of it, here by the other tests' at most.
        Assert.InRange(Convert.ToInt64(id.ToString("N")[..12], 16), before, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() + 20);
    }
}
