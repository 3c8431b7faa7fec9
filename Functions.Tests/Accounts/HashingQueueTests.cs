using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Accounts;

[OwnServer]
public sealed class HashingQueueTests(TestServers servers)
{
    [Fact]
    public async Task When_the_queue_is_full_logins_get_503_and_the_rest_of_the_API_responds()
    {
        await using var server = await servers.StartAsync(
            ("Accounts__HashingThreads", "1"),
            ("Accounts__HashingQueue", "2"),
            ("Accounts__BcryptWorkFactor", "11")
        );
        var person = await server.Api.NewPersonAsync();
        (await person.GetAsync("/users/me")).Is(200);

        var storm = Enumerable.Range(0, 24).Select(_ => server.Api.LoginAsync(person.Name, Person.FirstPassword)).ToList();
        var refused = await await Task.WhenAny(storm);

        refused.IsProblem(503);
        Assert.Contains(storm, login => !login.IsCompleted);
        (await person.GetAsync("/users/me")).Is(200);
        // Signing up has a queue of its own.
        (await server.Api.PostAsync("/signup", new { username = Unique.Name(), password = Person.FirstPassword })).Is(200);
        var responses = await Task.WhenAll(storm);
        // One is hashed and two wait. More succeed where the machine is so busy that the requests arrive one after another.
        Assert.InRange(responses.Count(response => (int)response.Status == 200), 3, responses.Length - 1);
        Assert.All(responses.Where(response => (int)response.Status != 200), response => response.IsProblem(503));
        await person.LoginAsync();
    }
}
