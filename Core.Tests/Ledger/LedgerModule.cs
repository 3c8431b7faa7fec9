using FunctionsApp.Core.Database;
using FunctionsApp.Core.Ledger;
using Microsoft.Extensions.Logging.Abstractions;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>The module's services on a database.</summary>
public sealed class LedgerModule : IDisposable
{
    readonly LedgerLimits limits;

    public LedgerModule(PostgresDatabase database, LedgerOptions options)
    {
        limits = new(options, database);
        Uploads = new(options);
        PortfolioStore = new(database);
        var changes = new PortfolioChanges(PortfolioStore, limits, database);
        Entries = new(new(database), changes, limits, TimeProvider.System);
        Imports = new(PortfolioStore, limits, Uploads, TimeProvider.System);
        Portfolios = new(PortfolioStore, changes, TimeProvider.System, NullLogger<PortfolioService>.Instance);
        Prices = new(new(database), limits, Uploads);
    }

    public UploadSpool Uploads { get; }

    public PortfolioStore PortfolioStore { get; }

    public EntryService Entries { get; }

    public ImportService Imports { get; }

    public PortfolioService Portfolios { get; }

    public PriceService Prices { get; }

    public void Dispose() => limits.Dispose();
}
