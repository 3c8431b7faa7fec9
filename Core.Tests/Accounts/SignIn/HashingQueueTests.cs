using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Core.Tests.Accounts;

/// <summary>Who hashes next: decided by the order in which slots are left, without time.</summary>
public sealed class HashingQueueTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_flood_of_signups_from_one_address_delays_a_login_by_one_hash()
    {
        var queue = new HashingQueue(slots: 1, capacity: 200);
        Assert.True(await queue.EnterAsync(HashingWork.Signup, "flood", Cancel));
        var flood = Enumerable.Range(0, 140).Select(_ => queue.EnterAsync(HashingWork.Signup, "flood", Cancel)).ToList();
        var login = queue.EnterAsync(HashingWork.Login, "victim", Cancel);
        Assert.False(login.IsCompleted);

        queue.Leave();
        if (!login.IsCompleted)
            queue.Leave();

        Assert.True(await login);
        Assert.InRange(queue.Waiting, 139, 140);
    }

    [Fact]
    public async Task A_flood_of_logins_from_one_address_delays_those_of_others_by_one_hash()
    {
        var queue = new HashingQueue(slots: 1, capacity: 200);
        Assert.True(await queue.EnterAsync(HashingWork.Login, "flood", Cancel));
        var flood = Enumerable.Range(0, 140).Select(_ => queue.EnterAsync(HashingWork.Login, "flood", Cancel)).ToList();
        Task<bool>[] others = [queue.EnterAsync(HashingWork.Login, "one", Cancel), queue.EnterAsync(HashingWork.Login, "another", Cancel)];

        for (var i = 0; i < 3; i++)
            queue.Leave();

        Assert.All(await Task.WhenAll(others), Assert.True);
        Assert.Equal(139, queue.Waiting);
        Assert.True(await flood[0]);
    }

    [Fact]
    public async Task A_full_queue_makes_room_for_an_address_that_has_fewer_waiting()
    {
        var queue = new HashingQueue(slots: 1, capacity: 4);
        Assert.True(await queue.EnterAsync(HashingWork.Login, "flood", Cancel));
        var flood = Enumerable.Range(0, 4).Select(_ => queue.EnterAsync(HashingWork.Login, "flood", Cancel)).ToList();
        Assert.False(await queue.EnterAsync(HashingWork.Login, "flood", Cancel));

        var victim = queue.EnterAsync(HashingWork.Login, "victim", Cancel);

        Assert.False(victim.IsCompleted);
        Assert.False(await flood[3]);
        Assert.All(flood.Take(3), waiting => Assert.False(waiting.IsCompleted));
        Assert.Equal(4, queue.Waiting);
    }

    [Fact]
    public async Task The_queues_do_not_fill_each_other()
    {
        var queue = new HashingQueue(slots: 1, capacity: 1);
        Assert.True(await queue.EnterAsync(HashingWork.Signup, "a", Cancel));
        var signup = queue.EnterAsync(HashingWork.Signup, "a", Cancel);
        Assert.False(await queue.EnterAsync(HashingWork.Signup, "a", Cancel));

        var login = queue.EnterAsync(HashingWork.Login, "a", Cancel);

        Assert.False(login.IsCompleted);
        queue.Leave();
        queue.Leave();
        Assert.True(await login);
        Assert.True(await signup);
    }

    // Any mixture of arrivals, departures and cancellations: slots are neither lost nor given twice, and every waiter is served.
    [Property(MaxTest = 300)]
    public Property No_slot_is_lost_or_given_twice() =>
        Prop.ForAll(
            Gen.Choose(0, 11).ListOf().ToArbitrary(),
            steps =>
            {
                const int Slots = 2,
                    Capacity = 3;
                var queue = new HashingQueue(Slots, Capacity);
                var holders = 0;
                List<(Task<bool> Task, CancellationTokenSource Cancel)> waiting = [];
                foreach (var step in steps)
                {
                    if (step < 8)
                    {
                        var source = new CancellationTokenSource();
                        waiting.Add((queue.EnterAsync((HashingWork)(step % 2), $"address {step / 2}", source.Token), source));
                    }
                    else if (step < 10 && holders > 0)
                    {
                        holders--;
                        queue.Leave();
                    }
                    else if (waiting.Count > 0)
                    {
                        waiting[0].Cancel.Cancel();
                    }

                    Settle();
                    Assert.InRange(holders, 0, Slots);
                    Assert.True(queue.Waiting == waiting.Count, "Some wait who are not in the queue.");
                    Assert.True(holders == Slots || waiting.Count == 0, "A slot is free although a request waits.");
                }

                // Results arrive on other threads.
                void Settle()
                {
                    SpinWait.SpinUntil(() => waiting.Count(one => !one.Task.IsCompleted) == queue.Waiting);
                    foreach (var one in waiting.Where(one => one.Task.IsCompleted).ToList())
                    {
                        if (one.Task.IsCompletedSuccessfully && one.Task.Result)
                            holders++;
                        waiting.Remove(one);
                    }
                }
            }
        );
}
