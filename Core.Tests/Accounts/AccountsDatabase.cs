using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Database;
using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Accounts;

/// <summary>A fresh, migrated database for the tests of one class, which are isolated by the names they use.</summary>
public sealed class AccountsDatabase(PostgresFixture postgres) : IAsyncLifetime
{
    public string ConnectionString { get; private set; } = "";

    public PostgresDatabase Database { get; private set; } = null!;

    public UserStore Users => new(Database);

    public CredentialStore Credentials => new(Database);

    public LoginFailureStore LoginFailures => new(Database);

    public SessionStore Sessions => new(Database);

    public AccountEventStore Events => new(Database);

    public async ValueTask InitializeAsync()
    {
        ConnectionString = await postgres.CreateDatabaseAsync();
        Database = new(ConnectionString);
    }

    public ValueTask DisposeAsync() => Database.DisposeAsync();

    /// <summary>Runs one statement.</summary>
    public Task<object?> SqlAsync(string sql) => Sql.RunAsync(ConnectionString, sql);

    /// <summary>Returns once <paramref name="count"/> statements wait for a lock of another.</summary>
    public Task LockedAsync(int count) =>
        Waiting.UntilAsync(
            $"{count} statements wait for a lock",
            async () => await SqlAsync(TableLock.CountWaiting) is long waiting && waiting >= count
        );
}
