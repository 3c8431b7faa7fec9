using FunctionsApp.Core.Database;
using FunctionsApp.Core.Ledger;
using Microsoft.Extensions.Logging.Abstractions;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>The module on connections of its own.</summary>
public sealed class LedgerWithSettings : IAsyncDisposable
{
    readonly PostgresDatabase database;
    readonly LedgerLimits limits;

    public LedgerWithSettings(string connectionString, LedgerOptions options)
    {
        database = new(connectionString);
        limits = new(options);
        Service = new(new(database), limits, new(options), TimeProvider.System, NullLogger<LedgerService>.Instance);
    }

    public LedgerService Service { get; }

    public ValueTask DisposeAsync()
    {
        limits.Dispose();
        return database.DisposeAsync();
    }
}
