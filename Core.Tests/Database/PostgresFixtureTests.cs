using FunctionsApp.Core.Tests.Database;
using FunctionsApp.LocalPostgres;
using Npgsql;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace FunctionsApp.Core.Tests.Database;

public sealed class PostgresFixtureTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Each_database_is_new_and_empty()
    {
        var both = await Task.WhenAll(postgres.CreateEmptyDatabaseAsync(), postgres.CreateEmptyDatabaseAsync());

        Assert.NotEqual(both[0], both[1]);
        foreach (var one in both)
        {
            await using var data = NpgsqlDataSource.Create(one);
            await using var command = data.CreateCommand("CREATE TABLE t (id int)");
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData(null, PostgresSource.Any)]
    [InlineData("", PostgresSource.Any)]
    [InlineData("machine", PostgresSource.Machine)]
    [InlineData("NPM", PostgresSource.Npm)]
    public void The_setting_selects_the_source(string? setting, PostgresSource source) =>
        Assert.Equal(source, PostgresFixture.Source(setting));

    [Fact]
    public void An_unknown_setting_is_refused() =>
        Assert.Contains(
            "machine or npm",
            Assert.Throws<ArgumentException>(() => PostgresFixture.Source("docker")).Message,
            StringComparison.Ordinal
        );
}
