using FunctionsApp.Core.Database;
using FunctionsApp.Core.Ledger;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>The module on connections of its own.</summary>
public sealed class LedgerWithSettings : IAsyncDisposable
{
    readonly PostgresDatabase database;
    readonly LedgerModule module;

    public LedgerWithSettings(string connectionString, LedgerOptions options)
    {
        database = new(connectionString);
        module = new(database, options);
    }

    public EntryService Entries => module.Entries;

    public ImportService Imports => module.Imports;

    public PortfolioService Portfolios => module.Portfolios;

    public ValueTask DisposeAsync()
    {
        module.Dispose();
        return database.DisposeAsync();
    }
}
