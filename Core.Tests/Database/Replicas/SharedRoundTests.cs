using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Tests.Database;

public sealed class SharedRoundTests
{
    [Fact]
    public async Task No_caller_gets_the_result_of_a_query_that_began_before_its_call()
    {
        var asked = 0;
        var round = new SharedRound<int>(AskAsync);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(CallAsync, TestContext.Current.CancellationToken)));

        async Task<int> AskAsync()
        {
            var number = Interlocked.Increment(ref asked);
            await Task.Yield();
            return number;
        }

        async Task CallAsync()
        {
            for (var i = 0; i < 20_000; i++)
            {
                var before = Volatile.Read(ref asked);
                Assert.InRange(await round.AskAsync(), before + 1, int.MaxValue);
            }
        }
    }

    [Fact]
    public async Task Only_one_query_is_in_progress_at_a_time()
    {
        var (asking, most) = (0, 0);
        var round = new SharedRound<int>(AskAsync);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(CallAsync, TestContext.Current.CancellationToken)));

        Assert.Equal(1, most);

        async Task<int> AskAsync()
        {
            // Asked under the round's own lock.
            most = Math.Max(most, Interlocked.Increment(ref asking));
            await Task.Yield();
            return Interlocked.Decrement(ref asking);
        }

        async Task CallAsync()
        {
            for (var i = 0; i < 20_000; i++)
                await round.AskAsync();
        }
    }

    [Fact]
    public async Task Waiting_callers_share_one_query()
    {
        var questions = new List<TaskCompletionSource<int>>();
        var round = new SharedRound<int>(() =>
        {
            questions.Add(new(TaskCreationOptions.RunContinuationsAsynchronously));
            return questions[^1].Task;
        });
        var first = round.AskAsync();
        var others = new[] { round.AskAsync(), round.AskAsync() };

        questions[0].SetResult(1);
        Assert.Equal(1, await first);
        await Waiting.UntilAsync("the waiting callers ask", () => Task.FromResult(questions.Count == 2));
        questions[1].SetResult(2);

        Assert.All(await Task.WhenAll(others), answer => Assert.Equal(2, answer));
    }
}
