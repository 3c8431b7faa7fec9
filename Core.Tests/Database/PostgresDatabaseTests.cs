using Core.Database;
using Npgsql;

namespace Core.Tests.Database;

public sealed class PostgresDatabaseTests(PostgresFixture postgres)
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Without_settings_of_its_own_a_connection_string_gets_the_defaults()
    {
        var settings = Settings("Host=db;Username=app;Password=x");

        Assert.Equal((true, 100, 2, true, 5, 15, "functionsapp"), Of(settings));
        Assert.Equal(("db", "app", "x"), (settings.Host, settings.Username, settings.Password));
    }

    [Theory]
    [InlineData("Multiplexing=false;Max Auto Prepare=7;Auto Prepare Min Usages=9;No Reset On Close=false;Timeout=11;Command Timeout=12;Application Name=mine")]
    [InlineData("multiplexing=false;MAX AUTO PREPARE=7;Auto Prepare Min Usages = 9;no reset on close=false; Timeout = 11;CommandTimeout=12;ApplicationName=mine")]
    public void Settings_that_were_given_win_however_they_are_spelt(string given) => Assert.Equal((false, 7, 9, false, 11, 12, "mine"), Of(Settings("Host=db;" + given)));

    [Fact]
    public void One_setting_is_not_taken_for_another_that_its_name_ends_with()
    {
        Assert.Equal((5, 60), (Settings("Host=db;Command Timeout=60").Timeout, Settings("Host=db;Command Timeout=60").CommandTimeout));
        Assert.Equal(5, Settings("Host=db;Password='Timeout=1;Multiplexing=false'").Timeout);
        Assert.True(Settings("Host=db;Password='Timeout=1;Multiplexing=false'").Multiplexing);
    }

    [Fact]
    public void Without_a_pool_there_is_no_multiplexing() => Assert.False(Settings("Host=db;Pooling=false").Multiplexing);

    [Theory]
    [InlineData("nonsense")]
    [InlineData("Host=db;Colour=red")]
    [InlineData("Host=db;Timeout=soon")]
    [InlineData("postgres://app:hunter2@db/app")]
    public void What_is_no_connection_string_is_an_error_that_names_the_setting(string text)
    {
        var error = Assert.Throws<ConfigurationException>(() => new PostgresDatabase(text));
        Assert.Contains("ConnectionStrings__Postgres", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_in_a_transaction_is_kept_when_it_returns_and_undone_when_it_throws()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        await using var database = new PostgresDatabase(connectionString);
        await Sql.RunAsync(connectionString, "create table t (id int)");

        Assert.Equal(1, await InsertAsync(1, fail: false));
        await Assert.ThrowsAsync<InvalidOperationException>(() => InsertAsync(2, fail: true));
        Assert.Equal("1", await Sql.RunAsync(connectionString, "select string_agg(id::text, ',') from t"));

        Task<int> InsertAsync(int id, bool fail) => database.InTransactionAsync(async (connection, transaction) =>
        {
            await using var insert = new NpgsqlCommand($"insert into t values ({id})", connection, (NpgsqlTransaction)transaction);
            await insert.ExecuteNonQueryAsync(Cancel);
            return fail ? throw new InvalidOperationException() : id;
        }, Cancel);
    }

    [Fact]
    public async Task What_waits_for_the_disk_does_not_hold_up_those_who_only_read()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        await using var database = new PostgresDatabase(connectionString);
        await using var holder = await database.OpenAsync(Cancel);
        await using var hold = await holder.BeginTransactionAsync(Cancel);
        await ExecuteAsync(holder, "select pg_advisory_lock(1)");

        // Each waits for the lock, as a commit waits for the disk.
        var waiting = Enumerable.Range(0, 8).Select(async _ =>
        {
            await using var connection = await database.OpenAsync(Cancel);
            await ExecuteAsync(connection, "select pg_advisory_lock_shared(1)");
        }).ToList();
        for (var i = 0; i < 50; i++)
        {
            await using var connection = await database.OpenSharedAsync(Cancel);
            await ExecuteAsync(connection, "select 1");
        }

        Assert.DoesNotContain(waiting, one => one.IsCompleted);
        await ExecuteAsync(holder, "select pg_advisory_unlock(1)");
        await Task.WhenAll(waiting);

        static async Task ExecuteAsync(NpgsqlConnection connection, string text)
        {
            await using var command = new NpgsqlCommand(text, connection);
            await command.ExecuteNonQueryAsync(Cancel);
        }
    }

    static NpgsqlConnectionStringBuilder Settings(string text) => new(new PostgresDatabase(text).ConnectionString);

    static (bool, int, int, bool, int, int, string?) Of(NpgsqlConnectionStringBuilder settings) =>
        (settings.Multiplexing, settings.MaxAutoPrepare, settings.AutoPrepareMinUsages, settings.NoResetOnClose, settings.Timeout, settings.CommandTimeout, settings.ApplicationName);
}
