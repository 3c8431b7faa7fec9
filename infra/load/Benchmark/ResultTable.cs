using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FunctionsApp.Benchmark;

/// <summary>Formats the results as a Markdown table and as JSON.</summary>
static class ResultTable
{
    static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Markdown(IEnumerable<Row> rows)
    {
        List<string[]> lines =
        [
            ["row", "what", "target", "median", "min–max", "met", "measured"],
        ];
        lines.AddRange(
            rows.Select(row =>
                new[]
                {
                    row.Name,
                    row.What,
                    $"{(row.Target.IsFloor ? "≥" : "≤")} {row.Target.Bound.ToString(CultureInfo.InvariantCulture)}{Unit(row)}",
                    $"{Number(row.Median)}{Unit(row)}",
                    $"{Number(row.Values.Min())}–{Number(row.Values.Max())}",
                    row.Met ? "yes" : "no",
                    row.Detail,
                }
            )
        );
        var widths = Enumerable.Range(0, lines[0].Length).Select(column => lines.Max(line => line[column].Length)).ToArray();
        lines.Insert(1, [.. widths.Select(width => new string('-', width))]);
        var text = new StringBuilder();
        foreach (var line in lines)
            text.Append("| ").AppendJoin(" | ", line.Select((cell, column) => cell.PadRight(widths[column]))).Append(" |\n");
        return text.ToString();
    }

    public static string Json(IEnumerable<Row> rows, IEnumerable<string> notes) =>
        JsonSerializer.Serialize(
            new
            {
                Rows = rows.Select(row => new
                {
                    row.Name,
                    row.What,
                    Target = new
                    {
                        row.Target.Bound,
                        Kind = row.Target.IsFloor ? "at_least" : "at_most",
                        row.Target.Unit,
                    },
                    row.Median,
                    row.Values,
                    row.Met,
                    row.Detail,
                }),
                Notes = notes,
            },
            Indented
        );

    static string Unit(Row row) => row.Target.Unit.Length == 0 ? "" : $" {row.Target.Unit}";

    static string Number(double value) => value.ToString(value < 10 ? "0.00" : "0", CultureInfo.InvariantCulture);
}
