using FunctionsApp.Core.Database;
using FunctionsApp.Core.Ledger;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>Users' imports leave a connection for long work to administrators, who create runs and lots and write closing prices.</summary>
public sealed class ImportConnectionsTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(8, 100)]
    [InlineData(20, 3)]
    [InlineData(20, 100)]
    [InlineData(48, 100)]
    public async Task All_connections_but_one_are_for_imports(int connections, int setting)
    {
        await using var database = new PostgresDatabase($"Host=none;Maximum Pool Size={connections}");

        Assert.Equal(database.Sizes.LongWork - 1, await CountAsync(database, setting));
    }

    [Theory]
    // As many as the setting allows.
    [InlineData(48, 2, 2)]
    // A single pool.
    [InlineData(4, 100, 3)]
    [InlineData(1, 3, 1)]
    public async Task Imports_have_at_least_one_connection_and_at_most_as_many_as_are_set(int connections, int setting, int expected)
    {
        await using var database = new PostgresDatabase($"Host=none;Maximum Pool Size={connections}");

        Assert.Equal(expected, await CountAsync(database, setting));
    }

    // How many imports run at once.
    static async Task<int> CountAsync(PostgresDatabase database, int setting)
    {
        using var limits = new LedgerLimits(new() { Imports = setting }, database);
        List<IDisposable> turns = [];
        while (true)
        {
            var turn = limits.EnterImportAsync(Guid.CreateVersion7(), Cancel);
            if (!turn.IsCompleted)
            {
                // It has its turn when another import ends.
                var count = turns.Count;
                turns[0].Dispose();
                turns[0] = await turn;
                turns.ForEach(one => one.Dispose());
                return count;
            }

            turns.Add(await turn);
        }
    }
}
