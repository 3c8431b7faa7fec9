using System.Diagnostics;
using FunctionsApp.Core.Tests;
using FunctionsApp.Core.Tests.Database;
using FunctionsApp.Functions.Tests.Faults;
using FunctionsApp.Functions.Tests.Servers;
using FunctionsApp.LocalPostgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FunctionsApp.Functions.Tests.Postgres;

[OwnServer]
public sealed class FullDiskTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Fault("the database's disk is full", "reads work; writes are 503 and leave nothing; `/healthz` 200", "writes work")]
    public async Task A_full_disk_refuses_writes_whole_and_serves_reads()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Mounting a small disk needs root.");
        var disk = Directory.CreateTempSubdirectory("small-disk-");
        Assert.SkipUnless(
            await RunAsync("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk.FullName),
            "tmpfs cannot be mounted here."
        );
        try
        {
            await using var postgres = await LocalPostgresServer.StartTemporaryAsync(
                PostgresFixture.Source(Environment.GetEnvironmentVariable("FUNCTIONSAPP_TEST_POSTGRES")),
                NullLogger.Instance,
                Cancel
            );
            await CheckAsync(postgres, disk);
        }
        finally
        {
            Assert.True(await RunAsync("umount", disk.FullName));
            disk.Delete();
        }
    }

    static async Task CheckAsync(LocalPostgresServer postgres, DirectoryInfo disk)
    {
        // The server runs as another account.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(disk.FullName, (UnixFileMode)0b111_111_111);
        var folder = Path.Combine(disk.FullName, "postgres");
        Assert.True(await RunAsync("runuser", "-u", "postgres", "--", "mkdir", "-m", "700", folder));
        await Sql.RunAsync(postgres.ConnectionString, $"create tablespace small location '{folder}'");
        await Sql.RunAsync(postgres.ConnectionString, "create database small tablespace small");
        var database = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Database = "small" }.ConnectionString;
        await using var server = await TestServer.StartAsync(database);
        await server.Api.ReadyAsync();
        var person = await server.Api.NewPersonAsync();
        (await DepositAsync(person)).Is(201);
        var acknowledged = 1;

        await Sql.RunAsync(database, "create table filler (t text)");
        var filling = await Assert.ThrowsAsync<PostgresException>(async () =>
        {
            while (true)
                await Sql.RunAsync(database, "insert into filler select repeat(md5(n::text), 30) from generate_series(1, 2000) as n");
        });
        Assert.Equal(PostgresErrorCodes.DiskFull, filling.SqlState);
        // There is some room left in the tables' pages.
        ApiResponse response;
        while ((int)(response = await DepositAsync(person)).Status == 201)
            acknowledged++;

        response.IsProblem(503);
        Assert.NotNull(response.Header("Retry-After"));
        await CheckCashAsync();
        (await server.Api.GetAsync("/healthz")).Is(200);
        for (var i = 0; i < 5; i++)
        {
            var again = await DepositAsync(person);
            if ((int)again.Status == 201)
                acknowledged++;
            else
                again.IsProblem(503);
        }

        await CheckCashAsync();
        await Sql.RunAsync(database, "drop table filler");
        await Waiting.UntilAsync("writing works", async () => (int)(await DepositAsync(person)).Status == 201 && ++acknowledged > 0);
        await CheckCashAsync();
        Assert.Equal((long)acknowledged, await server.Api.ReadAsync<long>("select count(*) from ledger_entries"));

        async Task CheckCashAsync() =>
            Assert.Equal(acknowledged, (await person.GetAsync("/portfolio")).Is(200).Json.GetProperty("cash").GetDecimal());
    }

    static Task<ApiResponse> DepositAsync(Person person) =>
        person.PostAsync(
            "/ledger/entries",
            new
            {
                type = "deposit",
                at = "2024-01-02",
                amount = 1,
                note = new string('x', 100),
            }
        );

    static async Task<bool> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync(Cancel);
        return process.ExitCode == 0;
    }
}
