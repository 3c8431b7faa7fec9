using System.Data;
using System.Net.Sockets;
using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Tests.Database;

public sealed class DatabaseFailureTests(PostgresFixture postgres)
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("57014", DatabaseFailureKind.Busy, false)]
    [InlineData("55P03", DatabaseFailureKind.Busy, false)]
    [InlineData("25P04", DatabaseFailureKind.Busy, false)]
    [InlineData("40P01", DatabaseFailureKind.Busy, true)]
    [InlineData("40001", DatabaseFailureKind.Busy, true)]
    [InlineData("57P01", DatabaseFailureKind.Unavailable, true)]
    [InlineData("57P02", DatabaseFailureKind.Unavailable, true)]
    [InlineData("57P03", DatabaseFailureKind.Unavailable, false)]
    [InlineData("57P05", DatabaseFailureKind.Unavailable, true)]
    [InlineData("25P03", DatabaseFailureKind.Unavailable, true)]
    [InlineData("25006", DatabaseFailureKind.Unavailable, false)]
    [InlineData("08P01", DatabaseFailureKind.Unavailable, false)]
    [InlineData("53100", DatabaseFailureKind.Unavailable, false)]
    [InlineData("53300", DatabaseFailureKind.Unavailable, false)]
    [InlineData("58030", DatabaseFailureKind.Unavailable, false)]
    [InlineData("42P01", DatabaseFailureKind.Unavailable, false)]
    [InlineData("28P01", DatabaseFailureKind.Unavailable, false)]
    [InlineData("3D000", DatabaseFailureKind.Unavailable, false)]
    [InlineData("22021", DatabaseFailureKind.NotText, false)]
    public void Database_error_is_recognized_however_deeply_it_is_nested(string state, DatabaseFailureKind kind, bool mayRepeat)
    {
        var error = new PostgresException("no", "ERROR", "ERROR", state);

        Assert.Equal(new DatabaseFailure(kind, mayRepeat), DatabaseFailure.Of(error));
        Assert.Equal(
            new DatabaseFailure(kind, mayRepeat),
            DatabaseFailure.Of(new DataException("Error parsing column 0", new InvalidOperationException("", error)))
        );
        Assert.Equal(
            new DatabaseFailure(kind, mayRepeat),
            DatabaseFailure.Of(new AggregateException(new InvalidOperationException(), error))
        );
    }

    [Theory]
    [InlineData("42601")]
    [InlineData("42703")]
    [InlineData("23505")]
    [InlineData("0A000")]
    [InlineData("22012")]
    public void An_invalid_statement_is_not_a_database_failure(string state) =>
        Assert.Null(DatabaseFailure.Of(new DataException("", new PostgresException("no", "ERROR", "ERROR", state))));

    [Fact]
    public void A_shard_node_that_is_away_means_that_the_database_is_unavailable() =>
        Assert.Equal(
            new DatabaseFailure(DatabaseFailureKind.Unavailable),
            DatabaseFailure.Of(new PostgresException("failure on connection marked as essential: db1:5432", "ERROR", "ERROR", "XX000"))
        );

    [Fact]
    public void Another_internal_error_is_not_a_database_failure() =>
        Assert.Null(DatabaseFailure.Of(new PostgresException("could not find a tuple", "ERROR", "ERROR", "XX000")));

    [Theory]
    [InlineData("train_tickets_key", true)]
    [InlineData("train_tickets_key_102359", false)]
    [InlineData("train_tickets", false)]
    [InlineData("tickets_key", false)]
    public void A_unique_violation_is_recognized_by_the_name_of_the_index_or_of_its_shard(string index, bool violated)
    {
        var plain = new PostgresException("no", "ERROR", "ERROR", PostgresErrorCodes.UniqueViolation, constraintName: "train_tickets_key");
        // As Citus forwards it, here in German: without the name of the constraint.
        var forwarded = new PostgresException(
            "doppelter Schlüsselwert verletzt Unique-Constraint »train_tickets_key_102359«",
            "ERROR",
            "ERROR",
            PostgresErrorCodes.UniqueViolation
        );

        Assert.Equal(violated, plain.Violates(index));
        Assert.Equal(violated || index == "train_tickets_key_102359", forwarded.Violates(index));
    }

    [Fact]
    public void A_violation_of_another_kind_is_not_a_unique_violation() =>
        Assert.False(
            new PostgresException("no", "ERROR", "ERROR", PostgresErrorCodes.CheckViolation, constraintName: "one").Violates("one")
        );

    [Fact]
    public void A_lost_connection_may_be_retried_but_a_timeout_may_not()
    {
        Assert.Equal(
            new DatabaseFailure(DatabaseFailureKind.Unavailable, MayRepeat: true),
            DatabaseFailure.Of(new DataException("", new NpgsqlException("", new IOException())))
        );
        Assert.Equal(
            new DatabaseFailure(DatabaseFailureKind.Unavailable, MayRepeat: true),
            DatabaseFailure.Of(new SocketException((int)SocketError.HostNotFound))
        );
        Assert.Equal(
            new DatabaseFailure(DatabaseFailureKind.Unavailable),
            DatabaseFailure.Of(new DataException("", new NpgsqlException("", new TimeoutException())))
        );
        Assert.Null(DatabaseFailure.Of(new DataException("Error parsing column 0", new FormatException())));
    }

    [Fact]
    public async Task A_connection_that_breaks_while_reading_rows_is_recognized()
    {
        var connectionString = await postgres.CreateEmptyDatabaseAsync();
        await using var database = new PostgresDatabase(connectionString);
        await using var connection = await database.OpenAsync(Cancel);

        var error = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await foreach (
                var row in connection
                    .QueryUnbufferedAsync<string>("select repeat('x', 8000) from generate_series(1, 10000)")
                    .WithCancellation(Cancel)
            )
            {
                await Sql.RunAsync(connectionString, $"select pg_terminate_backend({connection.ProcessID})");
            }
        });

        Assert.Equal(DatabaseFailureKind.Unavailable, DatabaseFailure.Of(error)?.Kind);
    }

    [Fact]
    public async Task A_plan_invalidated_by_a_schema_change_may_be_retried_and_then_succeeds()
    {
        var connectionString = await postgres.CreateEmptyDatabaseAsync();
        await Sql.RunAsync(connectionString, "create table t (id int); insert into t values (1)");
        await using var database = new PostgresDatabase(connectionString);
        await using var connection = await database.OpenAsync(Cancel);
        for (var i = 0; i < 3; i++)
            Assert.Equal(1, await ReadAsync<int>());

        await Sql.RunAsync(connectionString, "alter table t alter column id type bigint");

        var error = await Assert.ThrowsAnyAsync<Exception>(ReadAsync<long>);
        Assert.Equal(new DatabaseFailure(DatabaseFailureKind.Unavailable, MayRepeat: true, IsStalePlan: true), DatabaseFailure.Of(error));
        Assert.Equal(1, await ReadAsync<long>());

        Task<T> ReadAsync<T>() => connection.QuerySingleAsync<T>(new CommandDefinition("select id from t", cancellationToken: Cancel));
    }

    [Theory]
    [InlineData("select pg_sleep(10)")]
    [InlineData("select pg_advisory_xact_lock(1)")]
    public async Task A_statement_or_lock_timeout_is_busy(string statement)
    {
        await using var database = new PostgresDatabase(
            await postgres.CreateEmptyDatabaseAsync() + ";Options=-c statement_timeout=300 -c lock_timeout=100"
        );
        await using var holder = await database.OpenAsync(Cancel);
        await holder.ExecuteAsync("select pg_advisory_lock(1)");
        await using var connection = await database.OpenAsync(Cancel);

        var error = await Assert.ThrowsAsync<PostgresException>(() =>
            connection.ExecuteAsync(new CommandDefinition(statement, cancellationToken: Cancel))
        );

        Assert.Equal(new DatabaseFailure(DatabaseFailureKind.Busy), DatabaseFailure.Of(error));
    }
}
