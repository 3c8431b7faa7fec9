using System.Security.Cryptography;
using System.Text;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>
/// What is stored under an idempotency key: retries may come from before a deployment, so the stored form must not change.
/// </summary>
public sealed class KeyedEntriesTests(PostgresFixture postgres) : IAsyncLifetime
{
    readonly LedgerDatabase ledger = new(postgres);
    readonly Guid user = Guid.CreateVersion7();

    public ValueTask InitializeAsync() => ledger.InitializeAsync();

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    [Fact]
    public async Task A_trade_is_stored_in_this_form()
    {
        await ledger.AddAsync(user, new(EntryKind.Deposit, "2024-01-01", Amount: 10_000));

        var entry = await ledger.AddAsync(
            user,
            new(EntryKind.Buy, "2024-01-05T10:15:00", "tcs", "INE467B01029", 2.50m, 3600, null, 1, null, null, "INR", "first"),
            "key"
        );

        await IsStoredAsync(
            """
            {"Type":2,"At":"2024-01-05T10:15:00","Symbol":"tcs","Isin":"INE467B01029","Quantity":2.50,"Price":3600,"Amount":null,
            "Charges":1,"Ratio":null,"Per":null,"Currency":"INR","Note":"first"}
            """,
            $$"""
            {"Id":"{{entry.Id}}","Type":2,"At":"2024-01-05T04:45:00Z","Symbol":"TCS","Isin":"INE467B01029","Quantity":2.50,"Price":3600,
            "Amount":null,"Charges":1,"Ratio":null,"Per":null,"Note":"first","CreatedAt":"{{Written(entry.CreatedAt)}}"}
            """
        );
    }

    [Fact]
    public async Task A_split_is_stored_in_this_form()
    {
        var entry = await ledger.AddAsync(user, new(EntryKind.Split, "2024-01-05T04:45:00Z", "TCS", Ratio: 3, Per: 2), "key");

        await IsStoredAsync(
            """
            {"Type":0,"At":"2024-01-05T04:45:00Z","Symbol":"TCS","Isin":null,"Quantity":null,"Price":null,"Amount":null,
            "Charges":null,"Ratio":3,"Per":2,"Currency":null,"Note":null}
            """,
            $$"""
            {"Id":"{{entry.Id}}","Type":0,"At":"2024-01-05T04:45:00Z","Symbol":"TCS","Isin":null,"Quantity":null,"Price":null,
            "Amount":null,"Charges":null,"Ratio":3,"Per":2,"Note":null,"CreatedAt":"{{Written(entry.CreatedAt)}}"}
            """
        );
        Assert.Equal(entry, await ledger.AddAsync(user, new(EntryKind.Split, "2024-01-05T04:45:00Z", "TCS", Ratio: 3, Per: 2), "key"));
    }

    async Task IsStoredAsync(string request, string response)
    {
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(OneLine(request)))),
            await TextAsync("encode(request, 'hex')")
        );
        Assert.Equal(OneLine(response), await TextAsync("response"));
    }

    static string OneLine(string text) => text.ReplaceLineEndings("");

    // Without trailing zeros.
    static string Written(DateTime at) => Moment.Text(at);

    async Task<string> TextAsync(string column) =>
        (string)(await Sql.RunAsync(ledger.ConnectionString, $"select {column} from ledger_keys where user_id = '{user}'"))!;
}
