using System.Globalization;
using FunctionsApp.Core.Tests;
using FunctionsApp.Core.Tests.Database;
using FunctionsApp.Functions.Tests.Servers;
using FunctionsApp.LocalPostgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace FunctionsApp.Functions.Tests.Postgres;

/// <summary>The restore of docs/operations.md, carried out.</summary>
[OwnServer]
public sealed class PointInTimeRestoreTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_backup_and_the_archived_log_restore_the_moment_before_a_mistake()
    {
        var archive = Directory.CreateTempSubdirectory("wal-archive-");
        try
        {
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(archive.FullName, (UnixFileMode)0b111_111_111);
            await CheckAsync(archive.FullName);
        }
        finally
        {
            archive.Delete(recursive: true);
        }
    }

    static async Task CheckAsync(string archive)
    {
        await using var postgres = await LocalPostgresServer.StartTemporaryAsync(
            PostgresSource.Any,
            durable: false,
            new Dictionary<string, string>
            {
                ["archive_mode"] = "on",
                ["archive_command"] = $"test ! -f \"{archive}/%f\" && cp \"%p\" \"{archive}/%f\"",
                ["synchronous_commit"] = "on",
            },
            NullLogger.Instance,
            Cancel
        );
        PostgresCluster.RequireBaseBackup(postgres);
        await using var server = await TestServer.StartAsync(postgres.ConnectionString);
        await server.Api.ReadyAsync();
        var person = await server.Api.NewPersonAsync();
        (await DepositAsync(person, 5)).Is(201);
        var backup = await postgres.CopyAsync(standby: null, Cancel);
        (await DepositAsync(person, 7)).Is(201);
        var moment = await server.Api.ReadAsync<DateTime>("select clock_timestamp()");
        // The mistake.
        await server.Api.ExecuteAsync("truncate ledger_entries cascade");
        var last = await server.Api.ReadAsync<string>("select pg_walfile_name(pg_switch_wal())");
        await Waiting.UntilAsync("the log is archived", () => Task.FromResult(File.Exists(Path.Combine(archive, last))));
        await Waiting.UntilAsync(
            "the archiver has reported it",
            () => server.Api.ReadAsync<bool>("select coalesce(last_archived_wal >= @last, false) from pg_stat_archiver", ("last", last))
        );

        await using var restored = await backup.StartAsync(
            new Dictionary<string, string>
            {
                ["restore_command"] = $"cp \"{archive}/%f\" \"%p\"",
                ["recovery_target_time"] = moment.ToString("yyyy-MM-dd HH:mm:ss.ffffff+00", CultureInfo.InvariantCulture),
                ["recovery_target_action"] = "promote",
            },
            recover: true,
            Cancel
        );
        await Waiting.UntilAsync(
            "the database accepts writes",
            async () => await PostgresCluster.RunAsync(restored, "select pg_is_in_recovery()") is false
        );
        await using var second = await TestServer.StartAsync(restored.ConnectionString);
        await second.Api.ReadyAsync();

        // The session, the keys and the entries are those of that moment.
        var portfolio = (await second.Api.GetAsync("/portfolio", person.Token)).Is(200);
        Assert.Equal(12, portfolio.Json.GetProperty("cash").GetDecimal());
        (await second.Api.SendAsync(HttpMethod.Get, "/ledger/entries", person.Token)).Is(200);
        (await second.Api.PostAsync("/ledger/entries", Deposit(1), person.Token)).Is(201);
    }

    static Task<ApiResponse> DepositAsync(Person person, int amount) => person.PostAsync("/ledger/entries", Deposit(amount));

    static object Deposit(int amount) =>
        new
        {
            type = "deposit",
            at = "2024-01-02",
            amount,
        };
}
