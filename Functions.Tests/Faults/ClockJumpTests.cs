using FunctionsApp.Core.Tests;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Faults;

/// <summary>
/// The clock of a server's machine is set while the server runs. libfaketime, if it is installed, changes what the server reads.
/// </summary>
[OwnServer]
public sealed class ClockJumpTests(TestServers servers)
{
    [Fact]
    [Fault(
        "a server's clock jumps an hour ahead, and later back",
        "access tokens from before are 401, a refreshed one works; writes work; `/readyz` 200; a warning in the log",
        "the same for tokens from the wrong hour; a token from before whose session ended before stays 401"
    )]
    public async Task A_server_whose_clock_jumps_keeps_working_and_logs_it()
    {
        var library = Library();
        Assert.SkipWhen(library is null, "libfaketime is not installed.");
        var offset = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(offset, "+0", TestContext.Current.CancellationToken);
            await using var server = await servers.StartAsync(
                ("LD_PRELOAD", library!),
                ("FAKETIME_TIMESTAMP_FILE", offset),
                ("FAKETIME_NO_CACHE", "1"),
                // Timers use the monotonic clock, which does not jump. Its correction by the library would end waits at once.
                ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
                ("FAKETIME_FORCE_MONOTONIC_FIX", "0"),
                ("FAKETIME_DISABLE_SHM", "1")
            );
            var person = await server.Api.NewPersonAsync();
            (await person.GetAsync("/users/me")).Is(200);
            var before = person.Token;
            var leaver = await server.Api.NewPersonAsync();
            (await leaver.PostAsync("/logout")).Is(204);
            (await leaver.GetAsync("/users/me")).IsProblem(401);
            // Too long ago for the next reads to see it again.
            await server.Api.ExecuteAsync(
                "update sessions set ended_at = now() - interval '5 minutes' where user_id = @id",
                ("id", leaver.Id)
            );

            await SetAsync(offset, "+3600");
            (await person.GetAsync("/users/me")).IsProblem(401);
            await WorksAfterRefreshAsync(server.Api, person);
            await server.Process.WaitForLineAsync(
                line => line.Contains("s ahead of the database", StringComparison.Ordinal) ? line : null,
                TestContext.Current.CancellationToken
            );
            await ReadsEndedSessionsAsync(server.Api);

            await SetAsync(offset, "+0");
            (await person.GetAsync("/users/me")).IsProblem(401);
            await WorksAfterRefreshAsync(server.Api, person);
            (await server.Api.GetAsync("/users/me", before)).Is(200);
            await ReadsEndedSessionsAsync(server.Api);
            (await leaver.GetAsync("/users/me")).IsProblem(401);
        }
        finally
        {
            File.Delete(offset);
        }
    }

    static async Task WorksAfterRefreshAsync(Api api, Person person)
    {
        await person.RefreshAsync();
        (await person.GetAsync("/users/me")).Is(200);
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
        await api.ReadyAsync();
        (await api.GetAsync("/healthz")).Is(200);
    }

    // A session that another server ends is known after the next read of ended sessions.
    static async Task ReadsEndedSessionsAsync(Api api)
    {
        var person = await api.NewPersonAsync();
        (await person.GetAsync("/users/me")).Is(200);
        await api.ExecuteAsync("update sessions set ended_at = now() where user_id = @id", ("id", person.Id));
        await api.PollAsync("/users/me", response => (int)response.Status == 401, person.Token);
    }

    // In one step, because the server reads the file all the time.
    static async Task SetAsync(string file, string offset)
    {
        await File.WriteAllTextAsync(file + ".new", offset, TestContext.Current.CancellationToken);
        File.Move(file + ".new", file, overwrite: true);
    }

    static string? Library() =>
        Directory.Exists("/usr/lib")
            ? Directory
                .EnumerateFiles(
                    "/usr/lib",
                    "libfaketimeMT.so.1",
                    new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 }
                )
                .FirstOrDefault()
            : null;
}
