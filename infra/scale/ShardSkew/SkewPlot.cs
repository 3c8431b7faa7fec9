using ScottPlot;

namespace FunctionsApp.ShardSkew;

/// <summary>Draws how many nodes count against how many there are.</summary>
static class SkewPlot
{
    const int Width = 900;
    const int Height = 560;

    static readonly string[] Colors = ["#2563a8", "#1d8a6b", "#b8860b", "#c0392b", "#7d3c98"];

    /// <summary>Writes an SVG file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="nodes">The numbers of nodes.</param>
    /// <param name="lines">For each population, the effective nodes for each number of nodes.</param>
    public static void Write(string path, IReadOnlyList<int> nodes, IReadOnlyList<(string Name, double[] Effective)> lines)
    {
        var plot = new Plot();
        double[] x = [.. nodes.Select(count => Math.Log2(count))];
        var ideal = plot.Add.ScatterLine(x, x, Color.FromHex("#9aa4ad"));
        ideal.LegendText = "equal load";
        ideal.LinePattern = LinePattern.Dashed;
        foreach (var ((name, effective), color) in lines.Zip(Colors))
        {
            var line = plot.Add.Scatter(x, effective.Select(count => Math.Log2(count)).ToArray(), Color.FromHex(color));
            line.LegendText = name;
            line.LineWidth = 2;
        }

        var labels = nodes.Select(count => $"{count}").ToArray();
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericManual(x, labels);
        plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericManual(x, labels);
        plot.XLabel("nodes");
        plot.YLabel("nodes that count: all load / load of the busiest node");
        plot.ShowLegend(Alignment.UpperLeft);
        plot.SaveSvg(path, Width, Height);
    }
}
