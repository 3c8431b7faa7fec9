using FunctionsApp.Functions.Tests.Faults;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Postgres;

/// <summary>
/// Servers of the version before run while the schema of the next one is expanded, with statements that they have prepared, and next to
/// servers that started on the expanded schema.
/// </summary>
[OwnServer]
public sealed class RollingUpgradeTests(TestServers servers)
{
    static readonly string[] expansions =
    [
        "alter table users add column nickname text",
        "alter table ledger_entries add column tag text default 'none'",
    ];

    // While servers of both versions run. The function is the one that starts a session.
    static readonly string[] laterExpansions =
    [
        "do $$ begin execute replace(pg_get_functiondef('start_session_1'::regproc), 'start_session_1', 'start_session_2'); end $$",
        "do $$ begin execute pg_get_functiondef('start_session_1'::regproc); end $$",
        "create index on ledger_entries (user_id, tag)",
    ];

    [Fact]
    [Fault(
        "the schema is expanded for the next version while servers of this one run",
        "every request succeeds, also with statements prepared before, and through servers of both versions",
        "new servers start on the expanded schema"
    )]
    public async Task Expanding_the_schema_does_not_disturb_servers_of_the_version_before()
    {
        var database = await servers.CreateDatabaseAsync();
        await using var old = await TestServer.StartAsync(database);
        await old.Api.ReadyAsync();
        using var over = new CancellationTokenSource();
        using var noSignIn = new CancellationTokenSource();
        List<Load> loads = [await Load.StartAsync(old.Api, over.Token, noSignIn.Token)];
        foreach (var expansion in expansions)
            await ExpandAsync(expansion);

        await using var next = await TestServer.StartAsync(database);
        await next.Api.ReadyAsync();
        loads.Add(await Load.StartAsync(next.Api, over.Token, noSignIn.Token));
        foreach (var expansion in laterExpansions)
            await ExpandAsync(expansion);

        // The types of results of prepared statements change, once: a second change would fail a read's second attempt, and a request to
        // sign in has no second attempt.
        await noSignIn.CancelAsync();
        await Task.WhenAll(loads.Select(load => load.SigningIn));
        await ExpandAsync("alter table users alter column username type varchar(200), alter column email type varchar(400)");
        await over.CancelAsync();
        await Task.WhenAll(loads.SelectMany(load => load.Running));

        async Task ExpandAsync(string expansion)
        {
            var before = loads.ToDictionary(load => load, load => load.Requests);
            await old.Api.ExecuteAsync(expansion);
            await Core.Tests.Waiting.UntilAsync(
                "requests go on",
                () => Task.FromResult(loads.TrueForAll(load => load.Requests > before[load] + 40)),
                [.. loads.SelectMany(load => load.Running)]
            );
        }
    }

    /// <summary>Requests to a server, all of which have to succeed.</summary>
    sealed class Load
    {
        int requests;

        Load(IReadOnlyList<Person> people, CancellationToken over, CancellationToken noSignIn)
        {
            SigningIn = SignInAsync(people[0], noSignIn);
            Running = [SigningIn, .. people.Skip(1).Select(person => UseAsync(person, over))];
        }

        public Task SigningIn { get; }

        public IReadOnlyList<Task> Running { get; }

        public int Requests => Volatile.Read(ref requests);

        public static async Task<Load> StartAsync(Api api, CancellationToken over, CancellationToken noSignIn)
        {
            var people = new List<Person>();
            for (var i = 0; i < 4; i++)
                people.Add(await api.NewPersonAsync());
            return new(people, over, noSignIn);
        }

        async Task SignInAsync(Person person, CancellationToken over)
        {
            await Task.Yield();
            while (!over.IsCancellationRequested)
            {
                await person.LoginAsync();
                Interlocked.Increment(ref requests);
            }
        }

        async Task UseAsync(Person person, CancellationToken over)
        {
            await Task.Yield();
            while (!over.IsCancellationRequested)
            {
                (await person.GetAsync("/users/me")).Is(200);
                (await person.GetAsync("/portfolio")).Is(200);
                (
                    await person.PostAsync(
                        "/ledger/entries",
                        new
                        {
                            type = "deposit",
                            at = "2024-01-02",
                            amount = 1,
                        }
                    )
                ).Is(201);
                Interlocked.Add(ref requests, 3);
            }
        }
    }
}
