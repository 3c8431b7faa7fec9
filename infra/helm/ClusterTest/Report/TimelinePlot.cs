using ScottPlot;
using SkiaSharp;

namespace FunctionsApp.ClusterTest.Report;

/// <summary>Draws the timeline: pods, requests and failures, and latency, one above the other.</summary>
public static class TimelinePlot
{
    const int Width = 1200;
    const int Height = 760;

    static readonly Color blue = Color.FromHex("#2563a8");
    static readonly Color light = Color.FromHex("#9cc3e6");
    static readonly Color red = Color.FromHex("#c0392b");
    static readonly Color gray = Color.FromHex("#5f6b76");

    /// <summary>Writes an SVG file.</summary>
    public static void Write(string path, TimelineRecord timeline)
    {
        var (seconds, replicas) = (timeline.Seconds, timeline.Pods);
        var end = timeline.Phases.Max(phase => phase.To);
        var multiplot = new Multiplot();
        multiplot.AddPlots(3);

        var pods = multiplot.GetPlot(0);
        pods.YLabel("pods");
        AddSteps(pods, replicas.Select(one => (one.At, (double)one.Existing)), end, light, "existing");
        AddSteps(pods, replicas.Select(one => (one.At, (double)one.Ready)), end, blue, "ready");
        pods.ShowLegend(Alignment.UpperLeft);

        var requests = multiplot.GetPlot(1);
        requests.YLabel("requests per second");
        AddLine(requests, seconds.Select(one => (one.At, (double)one.Requests)), blue, "sent");
        AddLine(requests, seconds.Where(one => one.Failures > 0).Select(one => (one.At, (double)one.Failures)), red, "failed");
        requests.ShowLegend(Alignment.UpperLeft);

        var latency = multiplot.GetPlot(2);
        latency.YLabel("latency (ms)");
        var steps = timeline.Phases.Select(phase => $"{phase.Number} {phase.Name}").ToList();
        latency.XLabel(string.Join('\n', steps.Chunk(4).Select(some => string.Join("   ", some)).Prepend("seconds since the start")), 13);
        AddLine(latency, seconds.Select(one => (one.At, Math.Log10(Math.Max(one.P99, 0.1)))), light, "p99");
        AddLine(latency, seconds.Select(one => (one.At, Math.Log10(Math.Max(one.P50, 0.1)))), blue, "p50");
        latency.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericManual(
            [-1, 0, 1, 2, 3, 4],
            ["0.1", "1", "10", "100", "1,000", "10,000"]
        );
        latency.ShowLegend(Alignment.UpperLeft);

        for (var i = 0; i < 3; i++)
        {
            var plot = multiplot.GetPlot(i);
            plot.Axes.SetLimitsX(0, end);
            plot.Axes.Left.MinimumSize = plot.Axes.Left.MaximumSize = 70;
            plot.HideGrid();
            // Room for the numbers of the steps.
            if (i == 0)
                plot.Axes.Top.MinimumSize = 30;
            foreach (var phase in timeline.Phases)
            {
                var line = plot.Add.VerticalLine(phase.From, 1, gray.WithAlpha(0.5), LinePattern.Dotted);
                if (i == 0)
                    line.LabelText = $"{phase.Number}";
                line.LabelOppositeAxis = true;
                line.LabelBackgroundColor = Colors.Transparent;
                line.LabelFontSize = 11;
                line.LabelFontColor = gray;
            }
        }

        using var file = File.Create(path);
        using var canvas = SKSvgCanvas.Create(new SKRect(0, 0, Width, Height), file);
        multiplot.Render(canvas, new PixelRect(0, Width, Height, 0));
    }

    static void AddLine(Plot plot, IEnumerable<(double X, double Y)> points, Color color, string legend)
    {
        var all = points.ToList();
        if (all.Count == 0)
            return;
        var line = plot.Add.Markers(all.Select(point => point.X).ToArray(), all.Select(point => point.Y).ToArray());
        line.Color = color;
        line.MarkerSize = 3;
        line.LegendText = legend;
    }

    static void AddSteps(Plot plot, IEnumerable<(double X, double Y)> points, double end, Color color, string legend)
    {
        var all = points.ToList();
        if (all.Count == 0)
            return;
        all.Add((end, all[^1].Y));
        var line = plot.Add.Scatter(all.Select(point => point.X).ToArray(), all.Select(point => point.Y).ToArray());
        line.ConnectStyle = ConnectStyle.StepHorizontal;
        line.MarkerSize = 0;
        line.LineWidth = 2;
        line.Color = color;
        line.LegendText = legend;
    }
}
