namespace FunctionsApp.Functions.Ledger;

/// <summary>The point of a text that its x refers to, named as in SVG.</summary>
public enum TextAnchor
{
    Start,
    Middle,
    End,
}

/// <summary>A line of text on a chart.</summary>
/// <param name="Style">The class of its color.</param>
/// <param name="X">The position of its anchor.</param>
/// <param name="Y">The position of its baseline.</param>
/// <param name="Tail">Text after it in another color.</param>
/// <param name="TailStyle">The class of the color of the tail.</param>
public sealed record ChartLabel(
    string Text,
    string Style,
    double X,
    double Y,
    double FontSize,
    TextAnchor Anchor,
    string Tail = "",
    string TailStyle = ""
)
{
    /// <summary>The estimated width, which errs on the wide side.</summary>
    public double Width => ChartText.Width(Text + Tail, FontSize) * (Style is "text" or "muted" && Tail.Length == 0 ? 1 : Bold);

    /// <summary>The width of bold letters relative to regular ones.</summary>
    public const double Bold = 1.08;

    public double Left =>
        Anchor switch
        {
            TextAnchor.Start => X,
            TextAnchor.Middle => X - Width / 2,
            _ => X - Width,
        };

    public double Right => Left + Width;

    public double Top => Y - 0.8 * FontSize;

    public double Bottom => Y + 0.25 * FontSize;

    public bool Overlaps(ChartLabel other) => Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;
}

/// <summary>A rectangle in the chart's units.</summary>
public readonly record struct ChartBox(double Left, double Top, double Right, double Bottom);

/// <summary>
/// The positions of everything on a chart: the plot, its axes and all text, so that no label covers another or leaves the
/// picture.
/// </summary>
public sealed class ChartLayout
{
    /// <summary>The picture's size in its own units: shown 600 pixels wide, text of 18 is 11 pixels high.</summary>
    public const double Width = 960;

    /// <summary>See <see cref="Width"/>.</summary>
    public const double Height = 480;

    public const double SmallText = 18;
    public const double LargeText = 23;
    public const double LegendLine = 34;

    const double Margin = 24;
    const double Gap = 10;

    /// <summary>The distance between the baselines of labels below each other.</summary>
    const double LineHeight = 1.25 * SmallText;

    readonly List<ChartLabel> labels = [];

    /// <param name="points">By ascending day, one per day.</param>
    /// <param name="currency">The ISO 4217 code.</param>
    public ChartLayout(IReadOnlyList<ChartPoint> points, string currency, string title)
    {
        Labels = labels;
        var legend = points.Count == 0 ? Width - Margin : Legend();
        labels.Add(
            new(
                ChartText.Fitting(title, LargeText * ChartLabel.Bold, legend - Gap - LegendLine - Margin),
                "title",
                Margin,
                42,
                LargeText,
                TextAnchor.Start
            )
        );
        if (points.Count == 0)
        {
            Plot = new(Margin, 96, Width - Margin, Height - 52);
            labels.Add(new("No entries yet", "muted", Width / 2, Height / 2 + SmallText / 2, LargeText, TextAnchor.Middle));
            return;
        }

        labels.Add(Summary(points[^1], currency));

        First = points[0].Day;
        Last = points[^1].Day;
        decimal least = points.Min(point => Math.Min(point.Total, point.Invested)),
            greatest = points.Max(point => Math.Max(point.Total, point.Invested));
        // A single day has no curve to zoom in on.
        Money = First == Last ? MoneyAxis.Of(Math.Min(0, least), Math.Max(0, greatest)) : MoneyAxis.Of(least, greatest);
        var money = Money.Ticks.Select(tick => ChartText.Tick(tick, Money.Step, currency)).ToList();
        string total = ChartText.Money(points[^1].Total, currency),
            invested = ChartText.Money(points[^1].Invested, currency);
        var ends = ChartLabel.Bold * Math.Max(ChartText.Width(total, SmallText), ChartText.Width(invested, SmallText));
        Plot = new(
            Margin / 2 + money.Max(text => ChartText.Width(text, SmallText)) + Gap,
            104,
            Width - Margin / 2 - ends - Gap - 4,
            Height - 52
        );

        for (var i = 0; i < money.Count; i++)
        {
            labels.Add(new(money[i], "muted", Plot.Left - Gap, Y(Money.Ticks[i]) + 0.35 * SmallText, SmallText, TextAnchor.End));
        }

        Dates = First == Last ? DateAxis.Ticks(First, Last, _ => true) : DateAxis.Ticks(First, Last, Fit);
        labels.AddRange(Dates.Select(DateLabel));
        EndLabels(points[^1], total, invested);
    }

    public ChartBox Plot { get; }

    public DateOnly First { get; }

    public DateOnly Last { get; }

    public MoneyAxis Money { get; } = MoneyAxis.Of(0, 0);

    public IReadOnlyList<DateTick> Dates { get; } = [];

    public IReadOnlyList<ChartLabel> Labels { get; }

    /// <summary>Where the line samples in the legend begin; null if there are no points.</summary>
    public (double Total, double Invested, double Y)? Samples { get; private set; }

    /// <summary>A single day is in the middle.</summary>
    public double X(DateOnly day) =>
        First == Last
            ? (Plot.Left + Plot.Right) / 2
            : Plot.Left + (Plot.Right - Plot.Left) * (day.DayNumber - First.DayNumber) / (Last.DayNumber - First.DayNumber);

    public double Y(decimal value)
    {
        decimal low = Money.Ticks[0],
            high = Money.Ticks[^1];
        return Plot.Bottom - (Plot.Bottom - Plot.Top) * (double)((Math.Clamp(value, low, high) - low) / (high - low));
    }

    /// <returns>The x at which the legend begins.</returns>
    double Legend()
    {
        const double y = 42;
        double totalWidth = ChartText.Width("Total", SmallText),
            investedWidth = ChartText.Width("Invested", SmallText);
        // Each name follows its sample directly, so that an overestimated width leaves space only at the far side.
        var second = Width - Margin - investedWidth - Gap - LegendLine;
        var first = second - Margin - totalWidth - Gap - LegendLine;
        labels.Add(new("Total", "text", first + LegendLine + Gap, y, SmallText, TextAnchor.Start));
        labels.Add(new("Invested", "text", second + LegendLine + Gap, y, SmallText, TextAnchor.Start));
        Samples = (first, second, y - 0.35 * SmallText);
        return first;
    }

    static ChartLabel Summary(ChartPoint last, string currency)
    {
        var gain = Gain(last);
        var tail = (gain < 0 ? "loss " : "gain ") + ChartText.Signed(gain, currency);
        if (last.Invested > 0)
            tail += $" ({ChartText.Percent((double)gain / (double)last.Invested)})";
        var text = $"Total {ChartText.Money(last.Total, currency)} · invested {ChartText.Money(last.Invested, currency)} · ";
        return new(
            text,
            "text",
            Margin,
            72,
            SmallText,
            TextAnchor.Start,
            tail,
            gain < 0 ? "loss"
                : gain > 0 ? "gain"
                : "text"
        );
    }

    /// <summary>The total less what was invested, of amounts within <see cref="MoneyAxis.Limit"/>.</summary>
    internal static decimal Gain(ChartPoint point) =>
        Math.Clamp(point.Total, -MoneyAxis.Limit, MoneyAxis.Limit) - Math.Clamp(point.Invested, -MoneyAxis.Limit, MoneyAxis.Limit);

    bool Fit(IReadOnlyList<DateTick> ticks)
    {
        var all = ticks.Select(DateLabel).ToList();
        return all.Zip(all.Skip(1)).All(pair => pair.First.Right + SmallText <= pair.Second.Left);
    }

    /// <summary>Below its mark, moved as far as needed to stay within the picture.</summary>
    ChartLabel DateLabel(DateTick tick)
    {
        var half = ChartText.Width(tick.Text, SmallText) / 2;
        return new(
            tick.Text,
            "muted",
            Math.Clamp(X(tick.Day), Margin / 2 + half, Width - Margin / 2 - half),
            Plot.Bottom + 32,
            SmallText,
            TextAnchor.Middle
        );
    }

    /// <summary>The last values, beside the ends of their lines, one line of text apart where these meet.</summary>
    void EndLabels(ChartPoint last, string total, string invested)
    {
        double totalY = Y(last.Total),
            investedY = Y(last.Invested);
        var apart = LineHeight - Math.Abs(totalY - investedY);
        if (apart > 0)
        {
            var up = totalY <= investedY ? 1 : -1;
            totalY -= up * apart / 2;
            investedY += up * apart / 2;
        }

        // Both are moved together, so that they stay apart.
        var shift = Math.Max(0, Plot.Top - Math.Min(totalY, investedY)) - Math.Max(0, Math.Max(totalY, investedY) - Plot.Bottom);
        var x = X(Last) + Gap + 4;
        labels.Add(new(total, "total", x, totalY + shift + 0.35 * SmallText, SmallText, TextAnchor.Start));
        labels.Add(new(invested, "invested", x, investedY + shift + 0.35 * SmallText, SmallText, TextAnchor.Start));
    }
}
