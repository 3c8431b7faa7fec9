using FunctionsApp.Core.Database;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>
/// A migrated database with the module, for the tests of one class, which are separated by their users and
/// symbols.
/// </summary>
public sealed class LedgerDatabase(PostgresFixture postgres) : IAsyncLifetime
{
    PostgresDatabase database = null!;
    LedgerModule module = null!;

    public string ConnectionString { get; private set; } = "";

    public LedgerOptions Options { get; } = new();

    public UploadSpool Uploads => module.Uploads;

    public PortfolioStore PortfolioStore => module.PortfolioStore;

    public LedgerErasureStore Erasure { get; private set; } = null!;

    public EntryService Entries => module.Entries;

    public ImportService Imports => module.Imports;

    public PortfolioService Portfolios => module.Portfolios;

    public PriceService Prices => module.Prices;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        // Tests of concurrency start more work at once than there are connections, on machines of any speed.
        ConnectionString = await postgres.CreateDatabaseAsync() + ";Timeout=120";
        database = new(ConnectionString);
        module = new(database, Options);
        Erasure = new(database);
    }

    public async ValueTask DisposeAsync()
    {
        module.Dispose();
        await database.DisposeAsync();
    }

    public Task<LedgerEntry> AddAsync(Guid user, NewEntry entry, string? key = null) => Entries.AddAsync(user, entry, key, Cancel);

    /// <summary>Imports trades of a user, who is added if necessary.</summary>
    public async Task<ImportResult> ImportAsync(Guid user, Stream file, string? fund)
    {
        await AddUserAsync(user);
        return await Imports.ImportAsync(user, file, fund, Cancel);
    }

    /// <summary>Adds a user, unless there is one with this id. Only imports need one.</summary>
    public Task AddUserAsync(Guid user) =>
        Sql.RunAsync(ConnectionString, $"insert into users (id, username, password_hash) values ('{user}', '', '') on conflict do nothing");

    /// <summary>The refusal of an entry; fails if it is accepted.</summary>
    public async Task<RefusedException> RefusesAsync(Guid user, NewEntry entry) =>
        await Assert.ThrowsAsync<RefusedException>(() => AddAsync(user, entry));

    public Task<PortfolioReport> ReadAsync(Guid user, string? at = null) => Portfolios.ReadAsync(user, at, Cancel);

    public Task<PricesResult> PriceAsync(string symbol, string date, decimal close) =>
        Prices.WriteAsync([new(symbol, DateOnly.Parse(date, System.Globalization.CultureInfo.InvariantCulture), close)], Cancel);

    /// <summary>All entries, as an export reads them.</summary>
    public async Task<List<LedgerEntry>> ExportAsync(Guid user)
    {
        using var export = await Entries.ExportAsync(user, Cancel);
        return await export.ReadAsync(Cancel).ToListAsync(Cancel);
    }

    /// <summary>The module on the same database with other settings of the connection.</summary>
    public LedgerWithSettings With(string settings) => new($"{ConnectionString};{settings}", Options);

    /// <summary>
    /// The stored state of a portfolio as text, without the times of writing: what is computed from entries must not depend on the
    /// order in which they were recorded.
    /// </summary>
    public async Task<string> DumpAsync(Guid user)
    {
        string[] parts = [];
        foreach (var table in new[] { "position_versions", "lots", "cash_days", "cash_months" })
        {
            var rows = await Sql.RunAsync(
                ConnectionString,
                $"select coalesce(string_agg(t::text, E'\\n' order by t::text), '') from {table} t where user_id = '{user}'"
            );
            parts = [.. parts, $"{table}: {rows}"];
        }

        var flows = await Sql.RunAsync(
            ConnectionString,
            $"""
            select coalesce(string_agg(concat(at, ' ', day, ' ', trim_scale(net)), E'\n' order by at), '')
            from external_flows where user_id = '{user}'
            """
        );
        return string.Join('\n', [.. parts, $"flows: {flows}"]);
    }
}
