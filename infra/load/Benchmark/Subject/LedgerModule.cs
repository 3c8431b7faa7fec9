using FunctionsApp.Core.Database;
using FunctionsApp.Core.Ledger;

namespace FunctionsApp.Benchmark.Subject;

/// <summary>The services with which ledgers are filled before they are measured.</summary>
sealed class LedgerModule : IDisposable
{
    readonly LedgerLimits limits;

    public LedgerModule(PostgresDatabase database)
    {
        var options = new LedgerOptions();
        var portfolios = new PortfolioStore(database);
        var uploads = new UploadSpool(options);
        limits = new(options, database);
        Entries = new(new(database), new(portfolios, limits, database), limits, TimeProvider.System);
        Imports = new(portfolios, limits, uploads, TimeProvider.System);
        Prices = new(new(database), limits, uploads);
    }

    public EntryService Entries { get; }

    public ImportService Imports { get; }

    public PriceService Prices { get; }

    public void Dispose() => limits.Dispose();
}
