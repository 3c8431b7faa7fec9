using System.Globalization;
using System.Net;
using System.Text;
using FunctionsApp.LoadTest.Targets;
using ScottPlot;
using SkiaSharp;

namespace FunctionsApp.LoadTest.Reports;

/// <summary>The page of a run: the table, and plots as inline SVG. It loads nothing.</summary>
static class HtmlReport
{
    const int Width = 560,
        Height = 320;

    const double Micro = 1e6;

    const string Style = """
        body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1180px; padding: 0 1rem; color: #1c2430 }
        h1 { margin-bottom: 0 } h2 { margin-top: 2.5rem; border-top: 1px solid #d8dee6; padding-top: 1rem }
        .scroll { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums }
        th, td { padding: .35rem .6rem; text-align: right; border-bottom: 1px solid #e4e8ee; white-space: nowrap }
        th { font-weight: 600; background: #f5f7fa; vertical-align: bottom; white-space: normal }
        th:first-child, td:first-child { text-align: left }
        td:nth-child(3) { font-weight: 700 } .plots { display: flex; flex-wrap: wrap; gap: 1rem }
        .plots svg { border: 1px solid #e4e8ee; border-radius: 6px; max-width: 100%; height: auto }
        .missed { color: #b42318 }
        details { margin: .75rem 0 } ul { padding-left: 1.2rem }
        """;

    public static string Text(RunRecord record)
    {
        var html = new StringBuilder("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Load test</title>\n");
        html.Append("<meta name=\"viewport\" content=\"width=device-width\">\n<style>").Append(Style).Append("</style>\n</head>\n<body>\n");
        html.Append("<h1>Load test</h1>\n<p>")
            .Append(record.StartedAt.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture))
            .Append(". The highest steady rate at which the p99 stays within the objective and no request fails.</p>\n");
        Table(html, MarkdownReport.Columns, record.Kinds.Select(MarkdownReport.Cells));
        html.Append("<ul>\n");
        foreach (var note in record.Notes)
            html.Append("<li>").Append(Escape(note)).Append("</li>\n");
        html.Append("</ul>\n");
        var measured = record.Kinds.Where(kind => kind.Confirmation is not null).ToArray();
        if (measured.Length > 0)
        {
            html.Append("<div class=\"plots\">\n").Append(Rates(measured));
            if (measured.Any(kind => kind.Confirmation!.Used.Server is not null))
                html.Append(Costs(measured));
            html.Append("</div>\n");
        }

        foreach (var kind in record.Kinds.Where(kind => kind.Attacks.Count > 0))
            Section(html, kind);
        return html.Append("</body>\n</html>\n").ToString();
    }

    static void Section(StringBuilder html, KindRecord kind)
    {
        html.Append("<h2>").Append(Escape($"{kind.Kind}: {Kind.Of(kind.Kind).What}")).Append("</h2>\n");
        if (kind.Problem is { } problem)
            html.Append("<p class=\"missed\">").Append(Escape(problem)).Append("</p>\n");
        html.Append("<div class=\"plots\">\n").Append(Latencies(kind)).Append(Series(kind.Confirmation ?? kind.Attacks[^1]));
        if (kind.Attacks.Any(attack => attack.Used.Server is not null))
            html.Append(Processors(kind));
        if (kind.Attacks.Any(attack => attack.Used.Memory is not null))
            html.Append(Memory(kind));
        html.Append("</div>\n<details><summary>All attacks</summary>\n");
        Table(
            html,
            ["requests/s", "seconds", "requests", "p50, ms", "p90, ms", "p99, ms", "p99.9, ms", "longest, ms", "outcome"],
            kind.Attacks.Select(attack =>
                (IReadOnlyList<string>)
                    [
                        MarkdownReport.Number(attack.Rate) + (attack.Confirms ? " (confirmation)" : ""),
                        $"{attack.Result.Seconds.Count}",
                        MarkdownReport.Number(attack.Result.Requests),
                        MarkdownReport.Number(attack.Result.P50),
                        MarkdownReport.Number(attack.Result.P90),
                        MarkdownReport.Number(attack.Result.P99),
                        MarkdownReport.Number(attack.Result.P999),
                        MarkdownReport.Number(attack.Result.Max),
                        $"{attack.Problem ?? "passed"}{(attack.Event is null ? "" : " " + attack.Event)}",
                    ]
            )
        );
        html.Append("</details>\n");
    }

    static string Rates(KindRecord[] kinds) => Bars("Highest rate, requests/s", kinds, [("rate", kind => kind.Rate)]);

    static string Costs(KindRecord[] kinds) =>
        Bars(
            "Processor time per request, µs",
            kinds,
            [
                ("server", kind => kind.Confirmation!.PerRequest(kind.Confirmation.Used.Server) * Micro),
                ("database", kind => kind.Confirmation!.PerRequest(kind.Confirmation.Used.Database) * Micro),
            ]
        );

    // The scale is logarithmic, because a login costs a thousand times as much as a read.
    static string Bars(string title, KindRecord[] kinds, (string Name, Func<KindRecord, double?> Value)[] groups)
    {
        var plot = NewPlot(title);
        for (var group = 0; group < groups.Length; group++)
        {
            var bars = kinds
                .Select(
                    (kind, i) =>
                        new Bar
                        {
                            Position = i + (group - (groups.Length - 1) / 2.0) * 0.4,
                            Value = Math.Log10(Math.Max(1, groups[group].Value(kind) ?? 1)),
                            Label = MarkdownReport.Number(groups[group].Value(kind)),
                            FillColor = plot.Add.Palette.GetColor(group),
                            LineWidth = 0,
                            Size = 0.75 / groups.Length,
                        }
                )
                .ToArray();
            var added = plot.Add.Bars(bars);
            added.LegendText = groups[group].Name;
            added.ValueLabelStyle.FontSize = 9;
        }

        plot.Axes.Bottom.SetTicks([.. kinds.Select((_, i) => (double)i)], [.. kinds.Select(kind => kind.Kind)]);
        plot.Axes.Bottom.TickLabelStyle.Rotation = 45;
        plot.Axes.Bottom.TickLabelStyle.Alignment = Alignment.MiddleLeft;
        plot.Axes.Bottom.MinimumSize = 80;
        plot.Axes.Left.SetTicks([0, 1, 2, 3, 4, 5, 6], ["1", "10", "100", "1,000", "10,000", "100,000", "1,000,000"]);
        plot.Axes.Margins(bottom: 0, top: 0.15);
        if (groups.Length > 1)
            plot.ShowLegend(Alignment.UpperRight);
        return Svg(plot);
    }

    static string Latencies(KindRecord kind)
    {
        var plot = NewPlot("Latency by rate");
        var attacks = kind.Attacks.Where(attack => attack.Result.Failed == 0).OrderBy(attack => attack.Rate).ToArray();
        double[] rates = [.. attacks.Select(attack => attack.Rate)];
        Line(plot, rates, [.. attacks.Select(attack => attack.Result.P50)], "p50");
        Line(plot, rates, [.. attacks.Select(attack => attack.Result.P90)], "p90");
        Line(plot, rates, [.. attacks.Select(attack => attack.Result.P99)], "p99");
        var objective = plot.Add.HorizontalLine(kind.Objective, 1, Colors.Red, LinePattern.Dashed);
        objective.LegendText = "objective";
        // Attacks beyond the objective would make the others flat.
        plot.Axes.SetLimitsY(0, kind.Objective * 1.6);
        return Labelled(plot, "requests/s", "ms");
    }

    static string Series(AttackRecord attack)
    {
        var plot = NewPlot($"Latency over time at {MarkdownReport.Number(attack.Rate)} requests/s");
        double[] seconds = [.. attack.Result.Seconds.Select(second => (double)second.Second)];
        Line(plot, seconds, [.. attack.Result.Seconds.Select(second => second.P50)], "p50");
        Line(plot, seconds, [.. attack.Result.Seconds.Select(second => second.P99)], "p99");
        FromZero(plot, 1);
        return Labelled(plot, "s", "ms");
    }

    static string Processors(KindRecord kind)
    {
        var plot = NewPlot("Processors in use by rate");
        static double Seconds(AttackRecord attack) => attack.Result.Requests / attack.Result.SentRate;
        ByRate(plot, kind, attack => attack.Used.Server / Seconds(attack), "server");
        ByRate(plot, kind, attack => attack.Used.Database / Seconds(attack), "database");
        FromZero(plot, 0.1);
        return Labelled(plot, "requests/s", "processors");
    }

    static string Memory(KindRecord kind)
    {
        var plot = NewPlot("Memory after an attack by rate");
        ByRate(plot, kind, attack => attack.Used.Memory / MarkdownReport.Mebibyte, "server");
        FromZero(plot, 1);
        return Labelled(plot, "requests/s", "MiB");
    }

    // The attacks for which the value is known.
    static void ByRate(Plot plot, KindRecord kind, Func<AttackRecord, double?> value, string name)
    {
        var known = kind.Attacks.Where(attack => value(attack) is not null).OrderBy(attack => attack.Rate).ToArray();
        if (known.Length > 0)
            Line(plot, [.. known.Select(attack => attack.Rate)], [.. known.Select(attack => value(attack)!.Value)], name);
    }

    static void FromZero(Plot plot, double least)
    {
        plot.Axes.AutoScale();
        plot.Axes.SetLimitsY(0, Math.Max(plot.Axes.GetLimits().Top, least));
    }

    static Plot NewPlot(string title)
    {
        var plot = new Plot();
        plot.Title(title, 15);
        plot.Axes.Right.IsVisible = plot.Axes.Top.IsVisible = false;
        plot.Grid.MajorLineColor = Colors.Black.WithAlpha(0.08);
        return plot;
    }

    static void Line(Plot plot, double[] x, double[] y, string name)
    {
        var line = plot.Add.Scatter(x, y);
        (line.LegendText, line.LineWidth, line.MarkerSize) = (name, 2, 6);
    }

    static string Labelled(Plot plot, string x, string y)
    {
        plot.XLabel(x, 12);
        plot.YLabel(y, 12);
        plot.ShowLegend(Alignment.UpperLeft);
        return Svg(plot);
    }

    static string Svg(Plot plot)
    {
        using var stream = new MemoryStream();
        using (var canvas = SKSvgCanvas.Create(new SKRect(0, 0, Width, Height), stream))
            plot.Render(canvas, Width, Height);
        var svg = Encoding.UTF8.GetString(stream.ToArray());
        return svg[svg.IndexOf("<svg", StringComparison.Ordinal)..] + "\n";
    }

    static void Table(StringBuilder html, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        html.Append("<div class=\"scroll\"><table>\n<tr>");
        foreach (var column in columns)
            html.Append("<th>").Append(Escape(column)).Append("</th>");
        html.Append("</tr>\n");
        foreach (var row in rows)
        {
            html.Append("<tr>");
            foreach (var cell in row)
                html.Append("<td>").Append(Escape(cell)).Append("</td>");
            html.Append("</tr>\n");
        }

        html.Append("</table></div>\n");
    }

    static string Escape(string text) => WebUtility.HtmlEncode(text);
}
