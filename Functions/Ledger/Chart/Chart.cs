using System.Globalization;
using System.Security;
using System.Text;

namespace FunctionsApp.Functions.Ledger;

/// <summary>
/// A chart of a portfolio's value and of the amount invested over time, as SVG 1.1 with CSS custom properties: sharp at any size, light or
/// dark like the reader's system. It fills the width of its container and is self-contained.
/// </summary>
public static class Chart
{
    /// <summary>
    /// The color of each custom property in light and dark mode: blue and orange, which all kinds of color vision can distinguish, and text
    /// with a contrast of 4.5 : 1 or more (WCAG 2.2, 1.4.3).
    /// </summary>
    public static readonly IReadOnlyDictionary<string, (string Light, string Dark)> Palette = new Dictionary<string, (string, string)>
    {
        ["back"] = ("#ffffff", "#15191f"),
        ["text"] = ("#1d2630", "#e8ecf1"),
        ["muted"] = ("#566270", "#a6b0bd"),
        ["grid"] = ("#e6e9ed", "#2a313b"),
        ["zero"] = ("#a9b2bc", "#5a6573"),
        ["total"] = ("#0a63bf", "#6fb7ff"),
        ["invested"] = ("#b04a00", "#f5a55c"),
        ["gain"] = ("#147a3d", "#58cc80"),
        ["loss"] = ("#b3261e", "#ff9189"),
    };

    static readonly string Style = $$"""
        .ledger-chart{ {{Colors(colors => colors.Light)}}
        font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums}
        @media (prefers-color-scheme:dark){.ledger-chart{ {{Colors(colors => colors.Dark)}} } }
        .ledger-chart .back{fill:var(--back)}
        .ledger-chart .title,.ledger-chart .text{fill:var(--text)}
        .ledger-chart .title,.ledger-chart .total,.ledger-chart .invested,.ledger-chart .gain,.ledger-chart .loss{font-weight:600}
        .ledger-chart .muted{fill:var(--muted)}
        .ledger-chart .total{fill:var(--total)}
        .ledger-chart .invested{fill:var(--invested)}
        .ledger-chart .gain{fill:var(--gain)}
        .ledger-chart .loss{fill:var(--loss)}
        .ledger-chart .small{font-size:{{ChartLayout.SmallText}}px}
        .ledger-chart .large{font-size:{{ChartLayout.LargeText}}px}
        .ledger-chart path{fill:none;stroke-linejoin:round;stroke-linecap:round}
        .ledger-chart .grid{stroke:var(--grid);stroke-width:1.5}
        .ledger-chart .zero{stroke:var(--zero);stroke-width:1.5}
        .ledger-chart path.total{fill:none;stroke:var(--total);stroke-width:3}
        .ledger-chart path.invested{fill:none;stroke:var(--invested);stroke-width:2.5;stroke-dasharray:8 6;stroke-linecap:butt}
        .ledger-chart .area{fill:url(#ledger-chart-area)}
        .ledger-chart stop{stop-color:var(--total)}
        .ledger-chart circle{stroke:var(--back);stroke-width:2}
        @media (min-width:900px){.ledger-chart .small{font-size:15px} .ledger-chart .large{font-size:20px} }
        """;

    /// <param name="points">In any order; of several of one day the last counts. Without points, the chart says so.</param>
    /// <param name="currency">The ISO 4217 code of all amounts.</param>
    /// <param name="title">Shortened if there is no room for all of it.</param>
    public static string Svg(IReadOnlyList<ChartPoint> points, string currency, string title)
    {
        var days = ByDay(points);
        var layout = new ChartLayout(days, currency, title);
        var svg = new StringBuilder();
        svg.Append("""<svg xmlns="http://www.w3.org/2000/svg" class="ledger-chart" role="img" width="100%" """);
        svg.Append(Invariant, $"viewBox=\"0 0 {ChartLayout.Width} {ChartLayout.Height}\">\n");
        svg.Append(
            Invariant,
            $"<title>{Escaped(title)}</title>\n<desc>{Escaped(Description(days, currency))}</desc>\n<style>\n{Style}\n</style>\n"
        );
        svg.Append("""<defs><linearGradient id="ledger-chart-area" x1="0" y1="0" x2="0" y2="1">""");
        svg.Append("""<stop offset="0" stop-opacity=".3"/><stop offset="1" stop-opacity=".03"/></linearGradient></defs>""").Append('\n');
        svg.Append(Invariant, $"""<rect class="back" width="{ChartLayout.Width}" height="{ChartLayout.Height}"/>""").Append('\n');
        if (days.Count > 0)
        {
            Axes(svg, layout);
            Lines(svg, layout, days);
        }

        foreach (var label in layout.Labels)
            Text(svg, label);
        return svg.Append("</svg>\n").ToString();
    }

    static IFormatProvider Invariant => CultureInfo.InvariantCulture;

    static List<ChartPoint> ByDay(IReadOnlyList<ChartPoint> points)
    {
        var days = new List<ChartPoint>(points.Count);
        foreach (var point in points.OrderBy(point => point.Day))
        {
            if (days.Count > 0 && days[^1].Day == point.Day)
                days[^1] = point;
            else
                days.Add(point);
        }

        return days;
    }

    static string Description(List<ChartPoint> days, string currency)
    {
        if (days.Count == 0)
            return "No entries yet.";
        var last = days[^1];
        var period = days.Count == 1 ? $"on {last.Day:O}" : $"from {days[0].Day:O} to {last.Day:O}";
        var end = string.Create(
            Invariant,
            $"total {last.Total:0.##} {currency}, invested {last.Invested:0.##} {currency}, gain {ChartLayout.Gain(last):0.##} {currency}"
        );
        return $"Total value and invested amount {period}. At the end: {end}.";
    }

    static void Axes(StringBuilder svg, ChartLayout layout)
    {
        var plot = layout.Plot;
        svg.Append("<path class=\"grid\" d=\"");
        foreach (var tick in layout.Money.Ticks.Where(tick => tick != 0))
            svg.Append(Invariant, $"M{N(plot.Left)} {N(layout.Y(tick))}H{N(plot.Right)}");
        svg.Append("\"/>\n<path class=\"zero\" d=\"");
        if (layout.Money.Ticks.Contains(0))
            svg.Append(Invariant, $"M{N(plot.Left)} {N(layout.Y(0))}H{N(plot.Right)}");
        foreach (var tick in layout.Dates)
            svg.Append(Invariant, $"M{N(layout.X(tick.Day))} {N(plot.Bottom)}v8");
        svg.Append("\"/>\n");
    }

    static void Lines(StringBuilder svg, ChartLayout layout, List<ChartPoint> days)
    {
        var last = days[^1];
        if (days.Count > 1)
        {
            var total = Thinned(days, layout, point => point.Total);
            var line = new StringBuilder();
            foreach (var point in total)
                line.Append(Invariant, $"{(line.Length == 0 ? 'M' : 'L')}{N(layout.X(point.Day))} {N(layout.Y(point.Total))}");
            // Down to zero, or to the edge of the plot when zero is not on it.
            var ground = N(layout.Y(0));
            svg.Append(Invariant, $"""<path class="area" d="{line}V{ground}H{N(layout.X(days[0].Day))}Z"/>""").Append('\n');
            svg.Append(Invariant, $"""<path class="total" d="{line}"/>""").Append('\n');

            // Drawn over the total, so that both are visible where they coincide.
            svg.Append("<path class=\"invested\" d=\"");
            string? height = null;
            foreach (var point in Thinned(days, layout, point => point.Invested))
            {
                var y = N(layout.Y(point.Invested));
                if (height is null)
                    svg.Append(Invariant, $"M{N(layout.X(point.Day))} {y}");
                else if (y != height)
                    svg.Append(Invariant, $"H{N(layout.X(point.Day))}V{y}");
                height = y;
            }

            svg.Append(Invariant, $"H{N(layout.X(last.Day))}\"/>\n");
        }

        svg.Append(Invariant, $"""<circle class="invested" cx="{N(layout.X(last.Day))}" cy="{N(layout.Y(last.Invested))}" r="6"/>""")
            .Append('\n');
        svg.Append(Invariant, $"""<circle class="total" cx="{N(layout.X(last.Day))}" cy="{N(layout.Y(last.Total))}" r="6"/>""")
            .Append('\n');
        if (layout.Samples is { } samples)
        {
            svg.Append(Invariant, $"""<path class="total" d="M{N(samples.Total)} {N(samples.Y)}h{N(ChartLayout.LegendLine)}"/>""")
                .Append('\n');
            svg.Append(Invariant, $"""<path class="invested" d="M{N(samples.Invested)} {N(samples.Y)}h{N(ChartLayout.LegendLine)}"/>""")
                .Append('\n');
        }
    }

    /// <summary>
    /// For each unit of the picture's width the lowest and the highest value, in the order of days, and the first and the last
    /// value.
    /// </summary>
    static List<ChartPoint> Thinned(List<ChartPoint> days, ChartLayout layout, Func<ChartPoint, decimal> value)
    {
        if (days.Count <= 2 * (layout.Plot.Right - layout.Plot.Left))
            return days;

        var kept = new List<ChartPoint> { days[0] };
        for (int i = 1, next; i < days.Count - 1; i = next)
        {
            var column = Math.Floor(layout.X(days[i].Day));
            int least = i,
                greatest = i;
            for (next = i + 1; next < days.Count - 1 && Math.Floor(layout.X(days[next].Day)) == column; next++)
            {
                if (value(days[next]) < value(days[least]))
                    least = next;
                if (value(days[next]) > value(days[greatest]))
                    greatest = next;
            }

            kept.Add(days[Math.Min(least, greatest)]);
            if (least != greatest)
                kept.Add(days[Math.Max(least, greatest)]);
        }

        kept.Add(days[^1]);
        return kept;
    }

    static void Text(StringBuilder svg, ChartLabel label)
    {
        var size = label.FontSize == ChartLayout.LargeText ? "large" : "small";
        var anchor = label.Anchor == TextAnchor.Start ? "" : $" text-anchor=\"{(label.Anchor == TextAnchor.Middle ? "middle" : "end")}\"";
        svg.Append(Invariant, $"""<text class="{label.Style} {size}" x="{N(label.X)}" y="{N(label.Y)}"{anchor}>{Escaped(label.Text)}""");
        if (label.Tail.Length > 0)
            svg.Append(Invariant, $"""<tspan class="{label.TailStyle}">{Escaped(label.Tail)}</tspan>""");
        svg.Append("</text>\n");
    }

    static string N(double number) => number.ToString("0.#", Invariant);

    /// <summary>As XML text, without characters that XML 1.0 cannot represent.</summary>
    static string Escaped(string text)
    {
        var legal = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is >= 0x20 and not (0xFFFE or 0xFFFF) or '\t' or '\n' or '\r')
                legal.Append(rune.ToString());
        }

        return SecurityElement.Escape(legal.ToString());
    }

    static string Colors(Func<(string Light, string Dark), string> scheme) =>
        string.Concat(Palette.Select(color => $"--{color.Key}:{scheme(color.Value)};"));
}
