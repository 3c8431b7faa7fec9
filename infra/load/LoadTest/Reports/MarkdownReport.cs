using System.Globalization;
using System.Text;
using FunctionsApp.LoadTest.Targets;

namespace FunctionsApp.LoadTest.Reports;

/// <summary>The table of a run.</summary>
static class MarkdownReport
{
    const double Micro = 1e6;

    public const double Mebibyte = 1 << 20;

    public static readonly IReadOnlyList<string> Columns =
    [
        "work",
        "p99 objective",
        "requests/s",
        "p50",
        "p99",
        "server, µs/request",
        "database, µs/request",
        "requests/s per vCPU",
        "throttled",
        "memory",
        "statements/request",
        "transactions/request",
    ];

    /// <summary>The cells of a kind of work; what is not known is "–".</summary>
    public static IReadOnlyList<string> Cells(KindRecord kind)
    {
        var objective = $"{Number(kind.Objective)} ms";
        if (kind.Confirmation is not { } attack)
            return [Kind.Of(kind.Kind).What, objective, kind.Problem ?? "not finished", .. Enumerable.Repeat("–", Columns.Count - 3)];
        var (result, used) = (attack.Result, attack.Used);
        return
        [
            Kind.Of(kind.Kind).What,
            objective,
            Number(kind.Rate),
            $"{Number(result.P50)} ms",
            $"{Number(result.P99)} ms",
            Number(attack.PerRequest(used.Server) * Micro),
            Number(attack.PerRequest(used.Database) * Micro),
            Number(1 / attack.PerRequest(used.Server)),
            used.Throttled is { } throttled ? $"{Number(throttled)} s" : "–",
            used.Memory is { } memory ? $"{Number(memory / Mebibyte)} MiB" : "–",
            Number(attack.PerRequest(used.Statements)),
            Number(attack.PerRequest(used.Transactions)),
        ];
    }

    public static string Text(RunRecord record)
    {
        List<IReadOnlyList<string>> lines = [Columns, .. record.Kinds.Select(Cells)];
        var widths = Enumerable.Range(0, Columns.Count).Select(column => lines.Max(line => line[column].Length)).ToArray();
        lines.Insert(1, [.. widths.Select(width => new string('-', width))]);
        var text = new StringBuilder("# Load test\n\n");
        foreach (var line in lines)
            text.Append("| ").AppendJoin(" | ", line.Select((cell, i) => cell.PadRight(widths[i]))).Append(" |\n");
        text.Append('\n');
        foreach (var note in record.Notes)
            text.Append("- ").Append(note).Append('\n');
        return text.ToString();
    }

    /// <summary>A number with three significant digits or all digits before the point.</summary>
    public static string Number(double? value) =>
        value switch
        {
            null => "–",
            { } number when double.IsInfinity(number) || double.IsNaN(number) => "–",
            >= 100 => value.Value.ToString("#,0", CultureInfo.InvariantCulture),
            >= 10 => value.Value.ToString("0.#", CultureInfo.InvariantCulture),
            _ => value.Value.ToString("0.##", CultureInfo.InvariantCulture),
        };
}
