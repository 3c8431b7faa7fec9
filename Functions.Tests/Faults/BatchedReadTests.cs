using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Faults;

[OwnServer]
public sealed class BatchedReadTests(TestServers servers)
{
    const int People = 8,
        EachAtOnce = 6;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Fault(
        "connections cut, then a silent network, under a load of batched reads",
        "503 or one's own account, within 10 s",
        "every read works"
    )]
    public async Task Batched_reads_of_a_broken_database_fail_in_time_and_never_return_another_account()
    {
        await using var pair = await FaultyPair.StartAsync(servers, ("Database__BatchedReads", "1"));
        var people = await Task.WhenAll(Enumerable.Range(0, People).Select(_ => pair.One.Api.NewPersonAsync()));
        var (succeeded, refused) = (0, 0);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var reading = people
            .SelectMany(person => Enumerable.Range(0, EachAtOnce).Select(_ => Task.Run(() => ReadAsync(person), Cancel)))
            .ToList();

        await UntilAsync(() => succeeded, 200);
        for (var bytes = 300; bytes < 6000; bytes += 700)
        {
            var before = Volatile.Read(ref refused) + Volatile.Read(ref succeeded);
            await using (await pair.Proxy.CutAfterAsync("one", bytes))
                await UntilAsync(() => refused + succeeded, before + 50);
            await pair.Proxy.CutAsync("one");
        }

        await UntilAsync(() => succeeded, Volatile.Read(ref succeeded) + 100);
        var refusedByCuts = Volatile.Read(ref refused);
        await pair.Proxy.SilenceAsync("one");
        await UntilAsync(() => refused, refusedByCuts + People * EachAtOnce);
        await pair.Proxy.RestoreAsync("one");
        await pair.One.Api.ReadyAsync();
        await UntilAsync(() => succeeded, Volatile.Read(ref succeeded) + 200);
        await done.CancelAsync();
        await Task.WhenAll(reading);

        foreach (var person in people)
            Assert.Equal(person.Name, (await person.GetAsync("/users/me")).Is(200).Text("username"));
        await pair.StopAsync();

        async Task ReadAsync(Person person)
        {
            while (!done.IsCancellationRequested)
            {
                var response = await FaultyPair.InTimeAsync(person.GetAsync("/users/me"));
                if ((int)response.Status == 200)
                {
                    Assert.Equal(person.Name, response.Text("username"));
                    Interlocked.Increment(ref succeeded);
                }
                else
                {
                    response.IsProblem(503);
                    Interlocked.Increment(ref refused);
                }
            }
        }

        async Task UntilAsync(Func<int> count, int least)
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            while (count() < least)
            {
                foreach (var failed in reading.Where(task => task.IsFaulted))
                    await failed;
                await timer.WaitForNextTickAsync(Cancel);
            }
        }
    }
}
