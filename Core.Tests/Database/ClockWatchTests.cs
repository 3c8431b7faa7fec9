using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Tests.Database;

public sealed class ClockWatchTests(PostgresFixture postgres)
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(3600, "ahead of")]
    [InlineData(-3600, "behind")]
    [InlineData(15, "ahead of")]
    public async Task A_clock_that_differs_from_the_databases_is_logged_once_until_it_agrees(int seconds, string direction)
    {
        var (time, log) = (new ShiftedTime { By = TimeSpan.FromSeconds(seconds) }, new LogLines<ClockWatch>());
        using var watch = new ClockWatch(time, log);
        await using var connection = await OpenAsync();

        await watch.CompareAsync(connection, Cancel);
        await watch.CompareAsync(connection, Cancel);

        Assert.Contains($"s {direction} the database's", Assert.Single(log.Text.Split('\n')), StringComparison.Ordinal);

        time.By = TimeSpan.Zero;
        await watch.CompareAsync(connection, Cancel);
        await watch.CompareAsync(connection, Cancel);

        Assert.Equal(2, log.Text.Split('\n').Length);
        Assert.EndsWith("agree again", log.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(-3)]
    public async Task A_difference_that_access_tokens_tolerate_is_not_logged(int seconds)
    {
        var log = new LogLines<ClockWatch>();
        using var watch = new ClockWatch(new ShiftedTime { By = TimeSpan.FromSeconds(seconds) }, log);
        await using var connection = await OpenAsync();

        await watch.CompareAsync(connection, Cancel);

        Assert.Equal("", log.Text);
    }

    async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(await postgres.CreateEmptyDatabaseAsync());
        await connection.OpenAsync(Cancel);
        return connection;
    }

    /// <summary>The machine's clock, off by a constant.</summary>
    sealed class ShiftedTime : TimeProvider
    {
        public TimeSpan By { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + By;
    }
}
