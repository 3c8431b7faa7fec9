using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Core.Tests.Accounts;

public sealed class LeakyBucketTests
{
    const double Tolerance = 1e-6;

    /// <summary>
    /// A bucket that is simulated millisecond by millisecond, in whole thousandths of a failure, with a leak of one
    /// second.
    /// </summary>
    sealed class SlowBucket(int capacity)
    {
        const int Failure = 1000;

        int level;

        public bool IsFull => level > (capacity - 1) * Failure;

        public double Level => (double)level / Failure;

        public void Fail() => level += Failure;

        public void Wait(int milliseconds)
        {
            for (var i = 0; i < milliseconds; i++)
                level = Math.Max(0, level - 1);
        }

        public int WaitUntilRoom()
        {
            var copy = (SlowBucket)MemberwiseClone();
            var waited = 0;
            for (; copy.IsFull; waited++)
                copy.Wait(1);
            return waited;
        }
    }

    [Property(MaxTest = 300)]
    public Property Failed_attempts_are_admitted_at_the_same_times_as_by_a_slow_simulation() =>
        Prop.ForAll(
            Gen.Choose(1, 6).ToArbitrary(),
            Gen.Frequency((3, Gen.Choose(0, 200)), (1, Gen.Choose(200, 4000))).ListOf().ToArbitrary(),
            (capacity, pauses) =>
            {
                var slow = new SlowBucket(capacity);
                var rule = new LeakyBucket(capacity, TimeSpan.FromSeconds(1));
                double level = 0;
                foreach (var pause in pauses)
                {
                    slow.Wait(pause);
                    level = rule.LevelAfter(level, TimeSpan.FromMilliseconds(pause));
                    Assert.Equal(slow.Level, level, Tolerance);
                    var wait = rule.WaitAfter(level, TimeSpan.Zero);
                    Assert.Equal(slow.WaitUntilRoom(), wait.TotalMilliseconds, Tolerance * 1000);
                    Assert.True(wait <= rule.Leak);
                    if (slow.IsFull)
                        continue;
                    slow.Fail();
                    level++;
                }
            }
        );

    [Property]
    public Property The_wait_grows_with_the_level_and_shrinks_with_time() =>
        Prop.ForAll(
            Levels,
            Levels,
            Times,
            (a, b, passed) =>
            {
                var rule = new LeakyBucket(5, TimeSpan.FromSeconds(30));
                Assert.True(rule.WaitAfter(Math.Min(a, b), passed) <= rule.WaitAfter(Math.Max(a, b), passed));
                Assert.True(rule.WaitAfter(a, passed + TimeSpan.FromSeconds(1)) <= rule.WaitAfter(a, passed));
            }
        );

    [Property]
    public Property After_the_wait_there_is_room_and_just_before_there_is_none() =>
        Prop.ForAll(
            Levels,
            Times,
            (level, passed) =>
            {
                var rule = new LeakyBucket(5, TimeSpan.FromSeconds(30));
                var wait = rule.WaitAfter(level, passed);
                Assert.True(rule.WaitAfter(level, passed + wait + TimeSpan.FromTicks(10)) == TimeSpan.Zero);
                if (wait > TimeSpan.FromMilliseconds(1))
                    Assert.True(rule.WaitAfter(level, passed + wait - TimeSpan.FromMilliseconds(1)) > TimeSpan.Zero);
            }
        );

    [Property]
    public Property Leaking_twice_is_leaking_once_for_the_sum() =>
        Prop.ForAll(
            Levels,
            Times,
            Times,
            (level, first, second) =>
            {
                var rule = new LeakyBucket(5, TimeSpan.FromSeconds(30));
                Assert.Equal(rule.LevelAfter(level, first + second), rule.LevelAfter(rule.LevelAfter(level, first), second), Tolerance);
            }
        );

    [Fact]
    public void A_clock_that_went_back_changes_nothing()
    {
        var rule = new LeakyBucket(1, TimeSpan.FromSeconds(30));
        Assert.Equal(1, rule.LevelAfter(1, TimeSpan.FromSeconds(-100)));
        Assert.Equal(rule.Leak, rule.WaitAfter(1, TimeSpan.FromSeconds(-100)));
    }

    static Arbitrary<double> Levels => Gen.Choose(0, 5000).Select(thousandths => thousandths / 1000.0).ToArbitrary();

    static Arbitrary<TimeSpan> Times =>
        Gen.Choose(0, 300_000).Select(milliseconds => TimeSpan.FromMilliseconds(milliseconds)).ToArbitrary();
}
