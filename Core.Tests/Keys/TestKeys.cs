using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Database;
using FunctionsApp.Core.Keys;
using FunctionsApp.Core.Tests.Accounts;
using FunctionsApp.Core.Tickets;
using Microsoft.Extensions.Logging.Abstractions;

namespace FunctionsApp.Core.Tests.Keys;

/// <summary>Keys for tests.</summary>
static class TestKeys
{
    static readonly KeyStore NoStore = new(new PostgresDatabase("Host=127.0.0.1;Port=1;Timeout=1"));

    /// <summary>Keys that need no database, read already.</summary>
    public static KeyRing Configured { get; } = Read(Ring(new() { SigningKeys = [Pod.Pem] }));

    /// <summary>Signs and reads cursors with keys that need no database.</summary>
    public static Cursors Cursors { get; } = CursorsOf(Configured);

    public static Cursors CursorsOf(KeyRing keys) => new(new CursorKeys(keys));

    /// <summary>Codes of tickets with the seeds of a configuration.</summary>
    public static TicketCodes TicketCodes(params string[] seeds) => new(WithCodeKeys(seeds));

    public static KeyRing WithCodeKeys(params string[] seeds) => Read(Ring(new() { SigningKeys = [Pod.Pem] }, new() { CodeKeys = seeds }));

    public static KeySource Source(KeyOptions options, KeyTimes times, TicketKeyOptions? tickets = null, KeyStore? store = null) =>
        new(store ?? NoStore, new KeyEncryption(options), options, tickets ?? new(), times, NullLogger<KeySource>.Instance);

    static KeyRing Ring(KeyOptions options, TicketKeyOptions? tickets = null)
    {
        var times = new AccountOptions().KeyTimes;
        return new(Source(options, times, tickets), times, TimeProvider.System);
    }

    // Nothing is waited for: there is no database.
    static KeyRing Read(KeyRing ring)
    {
        ring.StartAsync(CancellationToken.None).GetAwaiter().GetResult();
        return ring;
    }
}
