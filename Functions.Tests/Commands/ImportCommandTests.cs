using System.Globalization;
using System.Text;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Commands;

/// <summary>Importing files from a shell.</summary>
[OwnServer]
public sealed class ImportCommandTests(ImportCommandTests.World world) : IClassFixture<ImportCommandTests.World>, IDisposable
{
    const string Header =
        "symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,order_execution_time\n";
    const string First = $"{Header}INFY,INE009A01021,2023-01-05,NSE,EQ,EQ,buy,false,10,1500.5,1,11,2023-01-05T10:15:00\n";
    const string Second =
        $"{Header}INFY,INE009A01021,2023-01-05,NSE,EQ,EQ,buy,false,10,1500.5,1,11,2023-01-05T10:15:00\n"
        + $"INFY,INE009A01021,2024-01-05,NSE,EQ,EQ,sell,false,4,1700,2,11,\n";

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("import-");

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Trades_are_imported_file_by_file_in_the_given_order()
    {
        var person = await world.Api.NewPersonAsync();
        var (first, second) = (Write("2023.csv", First), Write("2024.csv", Second));

        var run = await world.RunAsync("import", "trades", person.Name.ToUpperInvariant(), first, second, "--fund", "auto");

        Assert.Equal((0, $"{first}: 1 trade, 1 new, 0 known, 1 deposit added: 15005 in total.\n{second}: 2 trades, 1 new, 1 known."), run);
        Assert.Equal(6800m, (await person.GetAsync("/portfolio")).Is(200).Json.GetProperty("cash").GetDecimal());

        var again = await world.RunAsync("import", "trades", person.Name, first, second);
        Assert.Equal((0, $"{first}: 1 trade, 0 new, 1 known.\n{second}: 2 trades, 0 new, 2 known."), again);
    }

    [Fact]
    public async Task The_first_refused_file_stops_the_import_and_earlier_ones_are_kept()
    {
        var person = await world.Api.NewPersonAsync();
        var (first, wrong, second) = (
            Write("2023.csv", First),
            Write("wrong.csv", $"{First}TCS,,2023-01-06,NSE,EQ,EQ,buy,false,ten,0.1234567,2,1,\n"),
            Write("2024.csv", Second)
        );

        var run = await world.RunAsync("import", "trades", person.Name, first, wrong, second, "--fund", "auto");

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            [
                $"{first}: 1 trade, 1 new, 0 known, 1 deposit added: 15005 in total.",
                $"error: {wrong}: not imported. 2 problems:",
                "  line 3, price: Must have at most 6 decimals.",
                "  line 3, quantity: Must be a number of digits alone, with a point before its decimals, as in 1000.50.",
            ],
            run.Output.Split('\n')
                .OrderBy(line =>
                    line.StartsWith(first, StringComparison.Ordinal) ? 0
                    : line.StartsWith("error", StringComparison.Ordinal) ? 1
                    : 2
                )
                .ThenBy(line => line, StringComparer.Ordinal)
        );
        Assert.Equal(2, (await person.GetAsync("/ledger/entries")).Is(200).Items.Length);
    }

    [Fact]
    public async Task Up_to_50_problems_are_reported_with_line_and_column()
    {
        var file = Write(
            "wrong.csv",
            $"symbol,date,close\n{string.Concat(Enumerable.Range(2, 60).Select(i => $"INFY,2024-01-05,-{i}\n"))}"
        );

        var run = await world.RunAsync("import", "prices", file);

        Assert.Equal(1, run.ExitCode);
        string[] expected =
        [
            $"error: {file}: not imported. 51 problems:",
            .. Enumerable.Range(2, 50).Select(i => $"  line {i}, close: Must not be below 0."),
            "  file: Only the first 50 problems are listed. There are more.",
        ];
        Assert.Equal(expected, run.Output.Split('\n'));
    }

    [Fact]
    public async Task A_conflict_with_existing_entries_is_reported_in_one_line()
    {
        var person = await world.Api.NewPersonAsync();
        var file = Write("2023.csv", First);

        Assert.Equal(
            (1, $"error: {file}: not imported. The cash balance would be negative at 2023-01-05T04:45:00Z: 15005 INR short."),
            await world.RunAsync("import", "trades", person.Name, file)
        );
        Assert.Empty((await person.GetAsync("/ledger/entries")).Is(200).Items);
    }

    [Fact]
    public async Task Prices_are_imported()
    {
        var plain = Write("prices.csv", "symbol,date,close\nPRICED,2024-01-05,1500\nPRICED,2024-01-08,1510\n");
        var bhavcopy = Write("bhavcopy.csv", "SYMBOL,SERIES,CLOSE,TIMESTAMP\nPRICED,EQ,1520,09-JAN-2024\nPRICED,N1,7,09-JAN-2024\n");

        Assert.Equal(
            (
                0,
                $"{plain}: 2 prices, 2 new or different, 0 rows skipped.\n{bhavcopy}: 1 price, 1 new or different, 1 row "
                    + $"skipped.\n{plain}: 2 prices, 0 new or different, 0 rows skipped."
            ),
            await world.RunAsync("import", "prices", plain, bhavcopy, plain)
        );

        Assert.Equal(3, await world.Api.ReadAsync<long>("select count(*) from prices where symbol = 'PRICED'"));
    }

    [Fact]
    public async Task A_missing_file_a_folder_and_an_unknown_user_are_reported_before_anything_is_imported()
    {
        var person = await world.Api.NewPersonAsync();
        var (good, missing) = (Write("2023.csv", First), Path.Combine(folder.FullName, "missing.csv"));

        Assert.Equal(
            (1, $"error: {missing}: there is no such file."),
            await world.RunAsync("import", "trades", person.Name, good, missing, "--fund", "auto")
        );
        Assert.Equal(
            (1, $"error: {folder.FullName}: is a folder, not a file."),
            await world.RunAsync("import", "trades", person.Name, good, folder.FullName, "--fund", "auto")
        );
        Assert.Equal((1, $"error: {missing}: there is no such file."), await world.RunAsync("import", "prices", missing));
        var unknownUser = await world.RunAsync("import", "trades", "nobody", good, "--fund", "auto");
        Assert.Equal(1, unknownUser.ExitCode);
        Assert.Matches("^error: [^\n]*no such user[^\n]*$", unknownUser.Output.ToLowerInvariant());

        Assert.Empty((await person.GetAsync("/ledger/entries")).Is(200).Items);
    }

    [Fact]
    public async Task An_unreadable_file_is_reported_in_one_line()
    {
        var person = await world.Api.NewPersonAsync();
        var file = Write("2023.csv", First);
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Files have no modes here.");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.None);
        Assert.SkipWhen(CanRead(file), "This user may read all files.");

        Assert.Equal((1, $"error: {file}: not imported. Access is denied."), await world.RunAsync("import", "trades", person.Name, file));
    }

    [Fact]
    public async Task A_large_file_is_imported()
    {
        var text = new StringBuilder("symbol,date,close\n");
        for (var i = 0; i < 100_000; i++)
            text.Append(
                CultureInfo.InvariantCulture,
                $"S{i % 1000},{new DateOnly(2024, 1, 1).AddDays(i / 1000):yyyy-MM-dd},{i % 977 + 1}.25\n"
            );
        var file = Write("[large] prices.csv", text.ToString());

        Assert.Equal(
            (0, $"{file}: 100000 prices, 100000 new or different, 0 rows skipped."),
            await world.RunAsync("import", "prices", file)
        );
    }

    [Theory]
    [InlineData("import")]
    [InlineData("import", "trades")]
    [InlineData("import", "trades", "ada")]
    [InlineData("import", "trades", "ada", "file.csv", "--fund", "yes")]
    [InlineData("import", "prices")]
    public async Task An_invalid_import_command_fails_and_shows_usage(params string[] command)
    {
        await using var process = FunctionsProcess.Start(command, TestServer.Settings("Host=nowhere"));

        Assert.NotEqual(0, await process.EndAsync(Cancel));
        Assert.Contains("Usage:", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_does_not_load_the_progress_bar_library()
    {
        var file = $"/proc/{world.ServerId}/maps";
        Assert.SkipUnless(File.Exists(file), "This system does not tell what a process has loaded.");

        var loaded = await File.ReadAllTextAsync(file, Cancel);

        Assert.Contains("Npgsql.dll", loaded, StringComparison.Ordinal);
        Assert.DoesNotContain("Spectre.Console", loaded, StringComparison.Ordinal);
        Assert.DoesNotContain("System.CommandLine", loaded, StringComparison.Ordinal);
    }

    string Write(string name, string text)
    {
        var file = Path.Combine(folder.FullName, name);
        File.WriteAllText(file, text);
        return file;
    }

    static bool CanRead(string file)
    {
        try
        {
            using var opened = File.OpenRead(file);
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>A server, and commands that run on its database.</summary>
    public sealed class World(TestServers servers) : IAsyncLifetime
    {
        string database = "";
        TestServer server = null!;

        public Api Api => server.Api;

        public int ServerId => server.Process.Id;

        public async ValueTask InitializeAsync()
        {
            database = await servers.CreateDatabaseAsync();
            server = await TestServer.StartAsync(database);
            await Api.ReadyAsync();
        }

        public ValueTask DisposeAsync() => server.DisposeAsync();

        public Task<(int ExitCode, string Output)> RunAsync(params string[] command) =>
            FunctionsProcess.RunAsync(command, TestServer.Settings(database));
    }
}
