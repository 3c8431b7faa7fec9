using System.Globalization;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Accounts;

/// <summary>The rules against guessing, on servers that believe the tests where a request comes from.</summary>
[OwnServer]
public sealed class GuessingTests(TestServers servers)
{
    const string Home = "203.0.113.7",
        Stranger = "198.51.100.9";

    static readonly (string, string) Proxy = ("Http__TrustedProxies", "127.0.0.0/8,::1/128");

    [Fact]
    public async Task Failures_of_one_account_cause_429_even_for_the_right_password()
    {
        await using var server = await servers.StartAsync(Proxy);
        var person = await server.Api.NewPersonAsync();

        var failures = 0;
        ApiResponse response;
        while ((int)(response = await From(server, Stranger, person.Name, "a guess")).Status == 401)
            Assert.True(++failures < 100);

        response.IsProblem(429);
        Assert.InRange(failures, 5, 20);
        (await From(server, Stranger, person.Name, Person.FirstPassword)).IsProblem(429);
    }

    [Fact]
    public async Task An_unknown_name_gets_429_like_a_known_one()
    {
        await using var server = await servers.StartAsync(
            Proxy,
            ("Accounts__AccountFailures__Capacity", "3"),
            ("Accounts__AccountFailures__Leak", "00:10:00")
        );
        var person = await server.Api.NewPersonAsync();
        var unknown = Unique.Name();

        for (var i = 0; i < 3; i++)
        {
            (await From(server, Stranger, person.Name, "a guess")).IsProblem(401);
            (await From(server, Stranger, unknown.ToUpperInvariant(), "a guess")).IsProblem(401);
        }

        var one = (await From(server, Stranger, person.Name, "a guess")).IsProblem(429);
        var other = (await From(server, Stranger, unknown, "a guess")).IsProblem(429);
        Assert.Equal(one.WithoutTraceId, other.WithoutTraceId);
    }

    [Fact]
    public async Task A_stranger_who_fills_the_accounts_bucket_does_not_lock_the_owner_out_of_a_known_address()
    {
        await using var server = await servers.StartAsync(
            Proxy,
            ("Accounts__AccountFailures__Capacity", "3"),
            ("Accounts__AccountFailures__Leak", "00:10:00")
        );
        var person = await server.Api.NewPersonAsync();
        (await From(server, Home, person.Name, Person.FirstPassword)).Is(200);

        for (var i = 0; i < 3; i++)
            (await From(server, Stranger, person.Name, "a guess")).IsProblem(401);
        (await From(server, Stranger, person.Name, "a guess")).IsProblem(429);
        (await From(server, "192.0.2.55", person.Name, Person.FirstPassword)).IsProblem(429);

        (await From(server, Home, person.Name, "a slip")).IsProblem(401);
        (await From(server, Home, person.Name, Person.FirstPassword)).Is(200);
    }

    [Fact]
    public async Task The_right_password_empties_the_accounts_bucket()
    {
        await using var server = await servers.StartAsync(
            Proxy,
            ("Accounts__AccountFailures__Capacity", "3"),
            ("Accounts__AccountFailures__Leak", "00:10:00")
        );
        var person = await server.Api.NewPersonAsync();

        for (var round = 0; round < 3; round++)
        {
            var address = $"198.51.100.{round + 20}";
            for (var i = 0; i < 2; i++)
                (await From(server, address, person.Name, "a slip")).IsProblem(401);
            (await From(server, address, person.Name, Person.FirstPassword)).Is(200);
        }
    }

    [Fact]
    public async Task An_address_that_tries_many_accounts_gets_429_and_others_do_not()
    {
        await using var server = await servers.StartAsync(
            Proxy,
            ("Accounts__AddressFailures__Capacity", "4"),
            ("Accounts__AddressFailures__Leak", "00:10:00")
        );
        var person = await server.Api.NewPersonAsync();

        for (var i = 0; i < 4; i++)
            (await From(server, Stranger, Unique.Name(), "a guess")).IsProblem(401);

        (await From(server, Stranger, Unique.Name(), "a guess")).IsProblem(429);
        (await From(server, Home, person.Name, Person.FirstPassword)).Is(200);
    }

    [Fact]
    public async Task The_addresses_of_one_IPv6_network_count_as_one()
    {
        await using var server = await servers.StartAsync(
            Proxy,
            ("Accounts__AddressFailures__Capacity", "4"),
            ("Accounts__AddressFailures__Leak", "00:10:00")
        );

        for (var i = 0; i < 4; i++)
            (await From(server, $"2001:db8:1:2::{i + 1}", Unique.Name(), "a guess")).IsProblem(401);

        (await From(server, "2001:db8:1:2:ffff::1", Unique.Name(), "a guess")).IsProblem(429);
        (await From(server, "2001:db8:1:3::1", Unique.Name(), "a guess")).IsProblem(401);
    }

    [Fact]
    public async Task A_wait_ends_when_the_bucket_has_leaked()
    {
        await using var server = await servers.StartAsync(
            Proxy,
            ("Accounts__AccountFailures__Capacity", "2"),
            ("Accounts__AccountFailures__Leak", "00:00:02")
        );
        var person = await server.Api.NewPersonAsync();
        for (var i = 0; i < 2; i++)
            (await From(server, Stranger, person.Name, "a guess")).IsProblem(401);
        var wait = int.Parse(
            (await From(server, Stranger, person.Name, Person.FirstPassword)).IsProblem(429).Header("Retry-After")!,
            CultureInfo.InvariantCulture
        );
        Assert.InRange(wait, 1, 2);

        await server.Api.ExecuteAsync(
            "update login_failures set updated_at = updated_at - make_interval(secs => @wait)",
            ("wait", (double)wait)
        );

        (await From(server, Stranger, person.Name, Person.FirstPassword)).Is(200);
    }

    [Fact]
    public async Task Guesses_at_the_current_password_are_counted_too()
    {
        await using var server = await servers.StartAsync(
            ("Accounts__KnownAddressFailures__Capacity", "3"),
            ("Accounts__KnownAddressFailures__Leak", "00:10:00")
        );
        var person = await server.Api.NewPersonAsync();

        for (var i = 0; i < 3; i++)
            (
                await person.PutAsync("/users/me/password", new { current_password = "a guess", new_password = "staple of the realm" })
            ).IsProblem(400, "current_password");

        (
            await person.PutAsync(
                "/users/me/password",
                new { current_password = Person.FirstPassword, new_password = "staple of the realm" }
            )
        ).IsProblem(429);
    }

    [Fact]
    public async Task Two_hundred_right_logins_from_one_address_are_never_slowed()
    {
        await using var server = await servers.StartAsync();
        var people = new List<Person>();
        for (var i = 0; i < 5; i++)
            people.Add(await server.Api.NewPersonAsync());

        await Parallel.ForEachAsync(
            Enumerable.Range(0, 200),
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken },
            async (i, _) => (await server.Api.LoginAsync(people[i % people.Count].Name, Person.FirstPassword)).Is(200)
        );
    }

    [Fact]
    public async Task Where_no_proxy_is_trusted_a_client_cannot_choose_its_address()
    {
        await using var server = await servers.StartAsync(
            ("Http__TrustedProxies", "none"),
            ("Accounts__AddressFailures__Capacity", "4"),
            ("Accounts__AddressFailures__Leak", "00:10:00")
        );

        for (var i = 0; i < 4; i++)
            (await From(server, $"198.51.100.{i}", Unique.Name(), "a guess")).IsProblem(401);

        (await From(server, "198.51.100.77", Unique.Name(), "a guess")).IsProblem(429);
    }

    // A proxy that was not configured: without this, a hundred wrong passwords from one of its clients would lock out all of them.
    [Fact]
    public async Task Behind_a_proxy_that_is_not_configured_one_client_does_not_lock_out_the_others_and_the_log_warns_once()
    {
        await using var server = await servers.StartAsync(
            ("Accounts__AddressFailures__Capacity", "4"),
            ("Accounts__AddressFailures__Leak", "00:10:00")
        );
        var person = await server.Api.NewPersonAsync();

        for (var i = 0; i < 4; i++)
            (await From(server, $"192.0.2.{i}, {Stranger}", Unique.Name(), "a guess")).IsProblem(401);

        (await From(server, Stranger, Unique.Name(), "a guess")).IsProblem(429);
        (await From(server, Home, person.Name, Person.FirstPassword)).Is(200);
        await server.Process.WaitForLineAsync(
            line => line.Contains("Http__TrustedProxies is not set", StringComparison.Ordinal) ? line : null,
            TestContext.Current.CancellationToken
        );
        server.Process.Stop();
        await server.Process.EndAsync(TestContext.Current.CancellationToken);
        Assert.Single(
            server.Process.Output.Split('\n'),
            line => line.Contains("Http__TrustedProxies is not set", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task An_untrusted_proxy_causes_a_warning_and_its_headers_are_ignored()
    {
        await using var server = await servers.StartAsync(
            ("Http__TrustedProxies", "10.0.0.0/8"),
            ("Accounts__AddressFailures__Capacity", "4"),
            ("Accounts__AddressFailures__Leak", "00:10:00")
        );

        for (var i = 0; i < 4; i++)
            (await From(server, $"198.51.100.{i}", Unique.Name(), "a guess")).IsProblem(401);

        (await From(server, "198.51.100.77", Unique.Name(), "a guess")).IsProblem(429);
        await server.Process.WaitForLineAsync(
            line => line.Contains("does not include that address", StringComparison.Ordinal) ? line : null,
            TestContext.Current.CancellationToken
        );
    }

    static Task<ApiResponse> From(TestServer server, string address, string name, string password) =>
        server.Api.LoginAsync(name, password, ("X-Forwarded-For", address));
}
