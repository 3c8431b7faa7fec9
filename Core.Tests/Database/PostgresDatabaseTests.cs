using FsCheck;
using FsCheck.Xunit;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Tests.Database;

public sealed class PostgresDatabaseTests(PostgresFixture postgres)
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void A_connection_string_without_settings_gets_the_defaults()
    {
        var settings = Settings("Host=db;Username=app;Password=x");

        Assert.Equal((20, 100, 2, true, 3, 4, "functionsapp"), Of(settings));
        Assert.Equal(
            (false, -1, true, 10, 3),
            (
                settings.Multiplexing,
                settings.CancellationTimeout,
                settings.TcpKeepAlive,
                settings.TcpKeepAliveTime,
                settings.TcpKeepAliveInterval
            )
        );
        Assert.Equal(("db", "app", "x"), (settings.Host, settings.Username, settings.Password));
    }

    [Theory]
    [InlineData(
        "Maximum Pool Size=30;Max Auto Prepare=7;Auto Prepare Min Usages=9;No Reset On Close=false;Timeout=11;Command "
            + "Timeout=12;Application Name=mine"
    )]
    [InlineData(
        "MaxPoolSize=30;MAX AUTO PREPARE=7;Auto Prepare Min Usages = 9;no reset on close=false; Timeout = "
            + "11;CommandTimeout=12;ApplicationName=mine"
    )]
    public void Given_settings_override_the_defaults_under_any_alias(string given) =>
        Assert.Equal((30, 7, 9, false, 11, 12, "mine"), Of(Settings("Host=db;" + given)));

    [Fact]
    public void A_setting_is_not_confused_with_one_whose_name_is_its_suffix()
    {
        Assert.Equal((3, 60), (Settings("Host=db;Command Timeout=60").Timeout, Settings("Host=db;Command Timeout=60").CommandTimeout));
        Assert.Equal(
            (3, 20),
            (
                Settings("Host=db;Password='Timeout=1;Maximum Pool Size=7'").Timeout,
                Settings("Host=db;Password='Timeout=1;Maximum Pool Size=7'").MaxPoolSize
            )
        );
    }

    [Fact]
    public void Multiplexing_is_off_even_if_requested() => Assert.False(Settings("Host=db;Multiplexing=true").Multiplexing);

    [Fact]
    public void Opening_and_one_statement_time_out_within_seven_seconds_and_locks_earlier()
    {
        var settings = Settings("Host=db");

        Assert.True(settings.Timeout * 1000 + settings.CommandTimeout * 1000 + Math.Max(0, settings.CancellationTimeout) <= 7000);
    }

    [Fact]
    public async Task A_canceled_statement_of_long_work_ends_in_the_database_too()
    {
        var connectionString = await postgres.CreateEmptyDatabaseAsync();
        await using var database = new PostgresDatabase(connectionString);
        using var canceled = new CancellationTokenSource();
        var connection = await database.OpenForLongWorkAsync(Cancel);
        await using var command = new NpgsqlCommand("select pg_sleep(100)", connection);
        var sleeping = command.ExecuteNonQueryAsync(canceled.Token);
        await Waiting.UntilAsync("the statement runs", async () => await CountAsync() == 1, sleeping);

        await canceled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sleeping);
        await connection.DisposeAsync();
        await Waiting.UntilAsync("the statement has ended", async () => await CountAsync() == 0);

        async Task<long> CountAsync() =>
            (long)
                (
                    await Sql.RunAsync(
                        connectionString,
                        "select count(*) from pg_stat_activity where datname = current_database() and state = 'active' "
                            + "and query like '%pg_sleep%' and pid <> pg_backend_pid()"
                    )
                )!;
    }

    [Property]
    public void Pool_sizes_add_up_to_the_configured_size(PositiveInt size)
    {
        var sizes = PoolSizes.Of(size.Get);

        Assert.Equal(size.Get, sizes.Total);
        Assert.True(sizes.Requests >= 1);
        Assert.Equal(sizes.IsShared, size.Get < PoolSizes.MinDivided);
        if (!sizes.IsShared)
            Assert.True(sizes is { SignIn: > 0, LongWork: > 1, System: > 0 } && sizes.Requests > sizes.SignIn);
    }

    [Theory]
    [InlineData("Host=a", new[] { "functionsapp", "functionsapp-long", "functionsapp-sign-in", "functionsapp-system" })]
    [InlineData(
        "Host=a,b",
        new[]
        {
            "functionsapp-1",
            "functionsapp-2",
            "functionsapp-long-1",
            "functionsapp-long-2",
            "functionsapp-reads-1",
            "functionsapp-reads-2",
            "functionsapp-replicas-1",
            "functionsapp-replicas-2",
            "functionsapp-sign-in-1",
            "functionsapp-sign-in-2",
            "functionsapp-system-1",
            "functionsapp-system-2",
        }
    )]
    public async Task Each_pool_has_its_own_name_in_metrics(string connectionString, string[] expected)
    {
        var names = new List<string?>();
        await using var database = new PostgresDatabase(connectionString, builder => names.Add(builder.Name));

        Assert.Equal(expected, names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Other_pools_have_connections_while_requests_hold_all_of_theirs()
    {
        await using var database = new PostgresDatabase(await postgres.CreateEmptyDatabaseAsync() + ";Timeout=1");
        var held = new List<NpgsqlConnection>();
        try
        {
            for (var i = 0; i < database.Sizes.Requests; i++)
                held.Add(await database.OpenAsync(Cancel));

            var refused = await Assert.ThrowsAnyAsync<Exception>(async () => held.Add(await database.OpenAsync(Cancel)));
            Assert.Equal(DatabaseFailureKind.PoolExhausted, DatabaseFailure.Of(refused)?.Kind);
            held.AddRange([
                await database.OpenForSignInAsync(Cancel),
                await database.OpenForLongWorkAsync(Cancel),
                await database.OpenForSystemAsync(Cancel),
            ]);
        }
        finally
        {
            foreach (var connection in held)
                await connection.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("", "3500ms", "2s", "10s")]
    [InlineData(";Command Timeout=60", "59500ms", "2s", "10s")]
    [InlineData(";Command Timeout=0", "0", "2s", "10s")]
    [InlineData(";Options=-c lock_timeout=7s -c statement_timeout=0", "0", "7s", "10s")]
    [InlineData(";No Reset On Close=false", "3500ms", "2s", "10s")]
    [InlineData(";No Reset On Close=false;Options=-c lock_timeout=7s", "3500ms", "7s", "10s")]
    [InlineData(";Pooling=false", "3500ms", "2s", "10s")]
    public async Task Each_connection_has_the_limits_even_after_reuse(string given, string statement, string waiting, string idle)
    {
        await using var database = new PostgresDatabase(await postgres.CreateEmptyDatabaseAsync() + given);

        for (var i = 0; i < 2; i++)
        {
            await using var connection = await database.OpenAsync(Cancel);
            Assert.Equal(
                (statement, waiting, idle),
                (
                    await ShowAsync(connection, "statement_timeout"),
                    await ShowAsync(connection, "lock_timeout"),
                    await ShowAsync(connection, "idle_in_transaction_session_timeout")
                )
            );
        }
    }

    [Fact]
    public async Task Long_work_may_take_minutes_but_has_the_usual_lock_timeout()
    {
        await using var database = new PostgresDatabase(await postgres.CreateEmptyDatabaseAsync());
        await using var connection = await database.OpenForLongWorkAsync(Cancel);

        Assert.Equal(("599500ms", "2s"), (await ShowAsync(connection, "statement_timeout"), await ShowAsync(connection, "lock_timeout")));
        Assert.Equal(600, connection.CommandTimeout);
    }

    [Fact]
    public async Task A_transaction_whose_connection_breaks_before_commit_is_retried_once()
    {
        var connectionString = await postgres.CreateEmptyDatabaseAsync();
        await using var database = new PostgresDatabase(connectionString);
        await Sql.RunAsync(connectionString, "create table t (id int)");
        var runs = 0;

        await database.InTransactionAsync(
            async (connection, _) =>
            {
                await ExecuteAsync(connection, $"insert into t values ({++runs})");
                if (runs == 1)
                    await Sql.RunAsync(connectionString, $"select pg_terminate_backend({connection.ProcessID})");
                await ExecuteAsync(connection, $"insert into t values ({runs})");
                return true;
            },
            Cancel
        );

        Assert.Equal("2,2", await Sql.RunAsync(connectionString, "select string_agg(id::text, ',') from t"));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() =>
            database.InTransactionAsync(
                async (connection, _) =>
                {
                    runs++;
                    await Sql.RunAsync(connectionString, $"select pg_terminate_backend({connection.ProcessID})");
                    await ExecuteAsync(connection, "select 1");
                    return true;
                },
                Cancel
            )
        );
        Assert.Equal(4, runs);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("Host=db;Colour=red")]
    [InlineData("Host=db;Timeout=soon")]
    [InlineData("postgres://app:hunter2@db/app")]
    public void An_invalid_connection_string_is_an_error_that_names_the_setting(string text)
    {
        var error = Assert.Throws<ConfigurationException>(() => new PostgresDatabase(text));
        Assert.Contains("ConnectionStrings__Postgres", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_in_a_transaction_is_committed_on_return_and_rolled_back_on_exception()
    {
        var connectionString = await postgres.CreateEmptyDatabaseAsync();
        await using var database = new PostgresDatabase(connectionString);
        await Sql.RunAsync(connectionString, "create table t (id int)");

        Assert.Equal(1, await InsertAsync(1, fail: false));
        await Assert.ThrowsAsync<InvalidOperationException>(() => InsertAsync(2, fail: true));
        Assert.Equal("1", await Sql.RunAsync(connectionString, "select string_agg(id::text, ',') from t"));

        Task<int> InsertAsync(int id, bool fail) =>
            database.InTransactionAsync(
                async (connection, transaction) =>
                {
                    await using var insert = new NpgsqlCommand($"insert into t values ({id})", connection, (NpgsqlTransaction)transaction);
                    await insert.ExecuteNonQueryAsync(Cancel);
                    return fail ? throw new InvalidOperationException() : id;
                },
                Cancel
            );
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string text)
    {
        await using var command = new NpgsqlCommand(text, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    static async Task<string?> ShowAsync(NpgsqlConnection connection, string setting)
    {
        await using var command = new NpgsqlCommand($"show {setting}", connection);
        return (string?)await command.ExecuteScalarAsync(Cancel);
    }

    static NpgsqlConnectionStringBuilder Settings(string text) => new(new PostgresDatabase(text).ConnectionString);

    static (int, int, int, bool, int, int, string?) Of(NpgsqlConnectionStringBuilder settings) =>
        (
            settings.MaxPoolSize,
            settings.MaxAutoPrepare,
            settings.AutoPrepareMinUsages,
            settings.NoResetOnClose,
            settings.Timeout,
            settings.CommandTimeout,
            settings.ApplicationName
        );
}
