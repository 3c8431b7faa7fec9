using FunctionsApp.Core.Database;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Ledger;

public sealed class PortfolioChangesTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_statement_that_a_schema_change_made_invalid_is_retried_even_if_the_commit_goes_with_it()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        await using var database = new PostgresDatabase(connectionString);
        var options = new LedgerOptions();
        using var limits = new LedgerLimits(options, database);
        var changes = new PortfolioChanges(new(database), limits, database);
        var user = Guid.NewGuid();
        // Until the statement is prepared.
        for (var i = 0; i < 4; i++)
            await ChangeAsync();
        var attempts = 0;

        await ChangeAsync(async () =>
        {
            if (attempts++ == 0)
                await Sql.RunAsync(connectionString, "alter table ledger_keys alter column response type varchar(100000)");
        });

        Assert.Equal(2, attempts);

        Task<bool> ChangeAsync(Func<Task>? meanwhile = null) =>
            changes.RunAsync(
                user,
                async change =>
                {
                    await change.LockAsync();
                    // Executed with the commit.
                    change.Keys.ReadLater("key");
                    if (meanwhile is not null)
                        await meanwhile();
                    return true;
                },
                TestContext.Current.CancellationToken
            );
    }
}
