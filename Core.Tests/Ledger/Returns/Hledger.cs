using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace FunctionsApp.Core.Tests.Ledger;

/// <summary>The plain-text accounting program hledger, as another opinion about a journal.</summary>
static partial class Hledger
{
    static readonly string? program = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "hledger"))
        .FirstOrDefault(File.Exists);

    public const string IsMissing =
        "hledger is not on the PATH. It is in the Debian and Ubuntu package of that name: apt-get install hledger.";

    public static bool IsHere => program is not null;

    /// <summary>Internal and time-weighted rate of return per year, in percent with two decimals.</summary>
    public static async Task<(decimal Irr, decimal Twr)> RoiAsync(
        string journal,
        DateOnly begin,
        DateOnly end,
        CancellationToken cancellationToken
    )
    {
        var printed = await RunAsync(
            journal,
            [
                "roi",
                "--investment=^assets",
                "--profit-loss=^(income|expenses)",
                $"--begin={Text(begin)}",
                $"--end={Text(end)}",
                "--value=then,INR",
            ],
            cancellationToken
        );
        var rates = Rates().Match(printed);
        Assert.True(rates.Success, printed);
        return (Number(rates.Groups[1].Value), Number(rates.Groups[2].Value));
    }

    /// <summary>What is on each account before a day, in its commodity.</summary>
    /// <param name="valued">At the market's prices of the day before instead.</param>
    public static async Task<Dictionary<string, decimal>> BalancesAsync(
        string journal,
        DateOnly end,
        bool valued,
        CancellationToken cancellationToken
    )
    {
        string[] value = valued ? ["--value=end,INR"] : [];
        var printed = await RunAsync(
            journal,
            ["balance", "^assets", $"--end={Text(end)}", "--flat", "--no-total", "--output-format=csv", .. value],
            cancellationToken
        );
        return Balances().Matches(printed).ToDictionary(row => row.Groups[1].Value, row => Number(row.Groups[2].Value));
    }

    public static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    static decimal Number(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);

    static async Task<string> RunAsync(string journal, string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program!, ["--file=-", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        using var process = Process.Start(start)!;
        var (output, error) = (
            process.StandardOutput.ReadToEndAsync(cancellationToken),
            process.StandardError.ReadToEndAsync(cancellationToken)
        );
        await process.StandardInput.WriteAsync(journal.AsMemory(), cancellationToken);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, $"{await error}\n{await output}\n{journal}");
        return await output;
    }

    // The last two columns of the table's only row.
    [GeneratedRegex("""\| +(-?[0-9.]+)% +\| +(-?[0-9.]+)% +\| *$""", RegexOptions.Multiline)]
    private static partial Regex Rates();

    [GeneratedRegex("""^"([^"]+)","(-?[0-9.]+) [A-Z]+"\r?$""", RegexOptions.Multiline)]
    private static partial Regex Balances();
}
