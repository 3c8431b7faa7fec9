using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using FunctionsApp.Functions.Ledger;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Ledger;

[OwnServer]
public sealed partial class ChartTests
{
    static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    static readonly DateOnly Start = new(2024, 2, 14);

    [Theory]
    [InlineData("INR", 0, "₹0")]
    [InlineData("INR", 999.5, "₹999.5")]
    [InlineData("INR", 999.996, "₹1K")]
    [InlineData("INR", 50_000, "₹50K")]
    [InlineData("INR", 99_999.99, "₹1 L")]
    [InlineData("INR", 250_000, "₹2.5 L")]
    [InlineData("INR", 1_234_567, "₹12.35 L")]
    [InlineData("INR", 12_000_000, "₹1.2 Cr")]
    [InlineData("INR", -12_345_678_901, "−₹1,235 Cr")]
    [InlineData("INR", 2_500_000_000_000, "₹2.5 L Cr")]
    [InlineData("USD", 1_250, "$1.25K")]
    [InlineData("USD", 999_999.99, "$1M")]
    [InlineData("EUR", -3_400_000, "−€3.4M")]
    [InlineData("GBP", 7_654_321_000, "£7.65B")]
    [InlineData("CHF", 950.5, "CHF 950.5")]
    [InlineData("JPY", 123_456, "JPY 123.5K")]
    [InlineData("JPY", -0.001, "JPY 0")]
    public void An_amount_is_written(string currency, decimal amount, string text) =>
        Assert.Equal(text, ChartText.Money(amount, currency).Replace('\u00A0', ' '));

    [Fact]
    public void The_largest_amount_is_written()
    {
        Assert.Equal("$7.9228e28", ChartText.Money(decimal.MaxValue, "USD"));
        Assert.Equal("−₹7.9228e28", ChartText.Money(decimal.MinValue, "INR"));
    }

    [Theory]
    [InlineData(12_050, 50, "$12.05K")]
    [InlineData(12_000, 50, "$12K")]
    [InlineData(-400_000, 200_000, "−$400K")]
    [InlineData(0.05, 0.05, "$0.05")]
    public void A_tick_label_has_the_digits_that_distinguish_it_from_its_neighbors(decimal value, decimal step, string text) =>
        Assert.Equal(text, ChartText.Tick(value, step, "USD"));

    [Theory]
    [InlineData(0.235, "+23.5%")]
    [InlineData(-0.5, "−50%")]
    [InlineData(0, "0%")]
    [InlineData(0.0001, "0%")]
    [InlineData(12.345, "+1,235%")]
    [InlineData(1e9, "> 1,000,000%")]
    [InlineData(-1e9, "< −1,000,000%")]
    public void A_gain_is_written_in_percent(double part, string text) =>
        Assert.Equal(text, ChartText.Percent(part).Replace('\u00A0', ' '));

    [Theory]
    [InlineData(0, 0, "0 20 40 60 80 100")]
    [InlineData(50, 50, "0 10 20 30 40 50")]
    [InlineData(0, 97, "0 20 40 60 80 100")]
    [InlineData(-35, 40, "-40 -20 0 20 40")]
    [InlineData(1000, 1100, "1000 1020 1040 1060 1080 1100")]
    [InlineData(1000, 1000.01, "990 995 1000 1005 1010 1015")]
    [InlineData(-70, -20, "-80 -60 -40 -20 0")]
    public void The_money_axis_has_grid_lines_at_round_values(decimal least, decimal greatest, string ticks) =>
        Assert.Equal(
            ticks,
            string.Join(' ', MoneyAxis.Of(least, greatest).Ticks.Select(tick => tick.ToString("0.####", CultureInfo.InvariantCulture)))
        );

    [Property(MaxTest = 2000)]
    public Property The_lines_of_the_money_axis_cover_all_values() =>
        Prop.ForAll(
            Amounts.Two().ToArbitrary(),
            pair =>
            {
                decimal least = Math.Min(pair.Item1, pair.Item2),
                    greatest = Math.Max(pair.Item1, pair.Item2);
                var axis = MoneyAxis.Of(least, greatest);

                Assert.InRange(axis.Ticks.Count, 3, 8);
                Assert.True(axis.Ticks[0] <= least && greatest <= axis.Ticks[^1], $"{least} to {greatest}: {string.Join(' ', axis.Ticks)}");
                Assert.All(axis.Ticks.Zip(axis.Ticks.Skip(1)), tick => Assert.Equal(axis.Step, tick.Second - tick.First));
                var texts = axis.Ticks.Select(tick => ChartText.Tick(tick, axis.Step, "INR")).ToList();
                Assert.Equal(texts.Count, texts.Distinct().Count());
            }
        );

    [Theory]
    [InlineData("2024-02-14", "2024-02-17", "14 Feb 2024|15 Feb|16 Feb|17 Feb")]
    [InlineData("2023-12-30", "2024-01-02", "30 Dec 2023|31 Dec|1 Jan 2024|2 Jan")]
    [InlineData("2024-02-14", "2024-03-20", "19 Feb 2024|26 Feb|4 Mar|11 Mar|18 Mar")]
    [InlineData("2024-02-14", "2024-08-20", "Mar 2024|Apr|May|Jun|Jul|Aug")]
    [InlineData("2024-02-14", "2025-10-20", "Apr 2024|Jul|Oct|Jan 2025|Apr|Jul|Oct")]
    [InlineData("2015-02-14", "2021-10-20", "2016|2017|2018|2019|2020|2021")]
    [InlineData("0001-01-01", "9999-12-31", "2000|4000|6000|8000")]
    [InlineData("2024-02-14", "2024-02-14", "14 Feb 2024")]
    [InlineData("9999-12-30", "9999-12-31", "30 Dec 9999|31 Dec")]
    public void The_date_axis_labels_round_dates(string first, string last, string ticks)
    {
        var layout = new ChartLayout(
            [
                new(DateOnly.Parse(first, CultureInfo.InvariantCulture), 0, 0),
                new(DateOnly.Parse(last, CultureInfo.InvariantCulture), 50_000, 40_000),
            ],
            "INR",
            "Title"
        );

        Assert.Equal(ticks, string.Join('|', layout.Dates.Select(tick => tick.Text)));
    }

    [Property(MaxTest = 1000)]
    public Property No_label_covers_another_or_leaves_the_picture() =>
        Prop.ForAll(
            Charts,
            chart =>
            {
                var layout = new ChartLayout(chart.Points, chart.Currency, chart.Title);

                for (var i = 0; i < layout.Labels.Count; i++)
                {
                    var one = layout.Labels[i];
                    Assert.True(
                        one.Left >= 0 && one.Right <= ChartLayout.Width && one.Top >= 0 && one.Bottom <= ChartLayout.Height,
                        $"{one} leaves the picture."
                    );
                    Assert.All(layout.Labels.Skip(i + 1), other => Assert.False(one.Overlaps(other), $"{one} covers {other}."));
                }

                Assert.All(layout.Dates, tick => Assert.InRange(tick.Day, layout.First, layout.Last));
                Assert.Equal(chart.Points.Count == 0, layout.Dates.Count == 0);
                Assert.True(layout.Plot.Right - layout.Plot.Left > ChartLayout.Width / 2);
            }
        );

    [Property(MaxTest = 200)]
    public Property A_chart_is_well_formed_and_within_its_plot() =>
        Prop.ForAll(
            Charts,
            chart =>
            {
                var svg = Parsed(Chart.Svg(chart.Points, chart.Currency, chart.Title));
                var plot = new ChartLayout(chart.Points, chart.Currency, chart.Title).Plot;

                foreach (var path in svg.Elements(Svg + "path").Where(path => (string?)path.Attribute("class") is "area" or "grid"))
                {
                    foreach (Match point in Points().Matches((string)path.Attribute("d")!))
                    {
                        Assert.InRange(Number(point.Groups[1]), plot.Left - 0.1, plot.Right + 0.1);
                        Assert.InRange(Number(point.Groups[2]), plot.Top - 0.1, plot.Bottom + 0.1);
                    }
                }
            }
        );

    [Theory]
    [InlineData("A & B <script>alert(\"1\")</script> 'x'")]
    [InlineData("control \u0001 and half a pair \ud800 and \uffff")]
    [InlineData("मेरा निवेश 👨‍👩‍👧 投資")]
    [InlineData("")]
    public void Any_title_can_be_written(string title)
    {
        var svg = Parsed(Chart.Svg([new(Start, 1, 1)], "INR", title));

        var written = string.Concat(title.EnumerateRunes().Where(rune => rune.Value is not (1 or 0xFFFF)).Select(rune => rune.ToString()));
        Assert.Equal(written, svg.Element(Svg + "title")!.Value);
        Assert.DoesNotContain(svg.Descendants(), element => element.Name.LocalName == "script");
    }

    [Fact]
    public void The_chart_has_a_description_for_screen_readers()
    {
        var svg = Parsed(Chart.Svg([new(Start, 100, 100), new(Start.AddDays(9), 1_234_567.894m, 1_000_000)], "INR", "Savings"));

        Assert.Equal("img", (string?)svg.Attribute("role"));
        Assert.Equal("Savings", svg.Element(Svg + "title")!.Value);
        Assert.Equal(
            "Total value and invested amount from 2024-02-14 to 2024-02-23. At the end: total 1234567.89 INR, invested 1000000 INR, "
                + "gain 234567.89 INR.",
            svg.Element(Svg + "desc")!.Value
        );
        Assert.Contains("Total ₹12.35 L · invested ₹10 L · gain +₹2.35 L (+23.5%)", Texts(svg));
    }

    [Fact]
    public void A_loss_is_labeled_as_a_loss() =>
        Assert.Contains("Total $80 · invested $100 · loss −$20 (−20%)", Texts(Parsed(Chart.Svg([new(Start, 80, 100)], "USD", "Savings"))));

    [Fact]
    public void A_chart_without_entries_shows_that_there_are_none()
    {
        var svg = Parsed(Chart.Svg([], "INR", "Savings"));

        Assert.Equal(["Savings", "No entries yet"], Texts(svg));
        Assert.Empty(svg.Elements(Svg + "path"));
    }

    [Fact]
    public void One_point_is_a_mark_for_each_value()
    {
        var svg = Parsed(Chart.Svg([new(Start, 110, 100)], "INR", "Savings"));

        Assert.Equal(2, svg.Elements(Svg + "circle").Count());
        Assert.DoesNotContain(svg.Elements(Svg + "path"), path => (string?)path.Attribute("class") == "area");
    }

    [Fact]
    public void The_order_of_points_does_not_matter_and_the_last_of_a_day_counts()
    {
        ChartPoint[] points = [new(Start, 100, 100), new(Start.AddDays(1), 120, 100), new(Start.AddDays(2), 90, 100)];

        Assert.Equal(Chart.Svg(points, "INR", "Savings"), Chart.Svg([points[2], new(Start, 70, 1), .. points[..2]], "INR", "Savings"));
    }

    [Fact]
    public void Many_points_are_thinned_out_but_not_their_extremes()
    {
        var random = new Random(1);
        var points = Enumerable
            .Range(0, 20_000)
            .Select(day => new ChartPoint(Start.AddDays(day), 1000 + random.Next(100), 900 + random.Next(50)))
            .ToArray();
        points[7777] = points[7777] with { Total = 5000 };
        points[13_131] = points[13_131] with { Total = 0 };
        var written = Chart.Svg(points, "INR", "Savings");
        var layout = new ChartLayout(points, "INR", "Savings");

        Assert.InRange(written.Length, 1, 100_000);
        var line = (string)
            Parsed(written).Elements(Svg + "path").First(path => (string?)path.Attribute("class") == "total").Attribute("d")!;
        foreach (var point in (ChartPoint[])[points[0], points[7777], points[13_131], points[^1]])
        {
            Assert.Contains(
                string.Create(CultureInfo.InvariantCulture, $"{layout.X(point.Day):0.#} {layout.Y(point.Total):0.#}"),
                line,
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public void The_picture_does_not_depend_on_the_culture()
    {
        var before = CultureInfo.CurrentCulture;
        var chart = Chart.Svg([new(Start, 1234.5m, 1000), new(Start.AddDays(40), 2345.6m, 1000)], "EUR", "Savings");
        try
        {
            CultureInfo.CurrentCulture = new("de-DE");
            Assert.Equal(chart, Chart.Svg([new(Start, 1234.5m, 1000), new(Start.AddDays(40), 2345.6m, 1000)], "EUR", "Savings"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Text_contrasts_with_its_background()
    {
        foreach (var name in (string[])["text", "muted", "total", "invested", "gain", "loss"])
        {
            Assert.True(Contrast(Chart.Palette[name].Light, Chart.Palette["back"].Light) >= 4.5, $"{name}, light");
            Assert.True(Contrast(Chart.Palette[name].Dark, Chart.Palette["back"].Dark) >= 4.5, $"{name}, dark");
        }
    }

    public sealed record Sample(IReadOnlyList<ChartPoint> Points, string Currency, string Title);

    static Arbitrary<Sample> Charts =>
        (
            from gap in Gen.Elements(0, 1, 3, 30, 400, 5000)
            from steps in Gen.Choose(1, 30).ListOf()
            from totals in Amounts.ListOf(steps.Count)
            from invested in Gen.Frequency(
                (1, Amounts.ListOf(steps.Count)),
                (2, Gen.Choose(95, 105).ListOf(steps.Count).Select(parts => totals.Zip(parts, Part).ToList()))
            )
            from currency in Gen.Elements("INR", "USD", "CHF", "KWD")
            from title in Gen.Elements(
                "",
                "Savings",
                new string('W', 200),
                "मेरा निवेश 投資 and a good deal more than there is room for beside the legend of it"
            )
            select new Sample(Days(gap, steps, totals, [.. invested]), currency, title)
        ).ToArbitrary();

    static decimal Part(decimal amount, int percent) => amount / 100 * percent;

    static List<ChartPoint> Days(int gap, IList<int> steps, IList<decimal> totals, IList<decimal> invested)
    {
        var days = new Dictionary<DateOnly, ChartPoint>();
        var day = Start;
        for (var i = 0; i < steps.Count; i++)
        {
            days[day] = new(day, totals[i], invested[i]);
            day = day.AddDays(Math.Min(steps[i] * gap, (DateOnly.MaxValue.DayNumber - day.DayNumber) / 2));
        }

        return [.. days.Values];
    }

    static Gen<decimal> Amounts =>
        Gen.Frequency(
            (1, Gen.Constant(0m)),
            (3, Gen.Choose(-1000, 1_000_000).Select(one => (decimal)one)),
            (1, Gen.Choose(1_000_000, 1_010_000).Select(one => (decimal)one)),
            (3, Gen.Zip(Gen.Choose(-1_000_000, 1_000_000), Gen.Choose(-4, 14)).Select(one => one.Item1 * (decimal)Math.Pow(10, one.Item2))),
            (1, Gen.Elements(0.0001m, -0.0001m, 1e20m, -1e20m))
        );

    static XElement Parsed(string svg)
    {
        Assert.DoesNotContain("NaN", svg, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", svg, StringComparison.Ordinal);
        Assert.DoesNotContain("Infinity", svg, StringComparison.Ordinal);
        return XDocument.Parse(svg).Root!;
    }

    static IEnumerable<string> Texts(XElement svg) => svg.Elements(Svg + "text").Select(text => text.Value.Replace('\u00A0', ' '));

    static double Number(Group group) => double.Parse(group.Value, CultureInfo.InvariantCulture);

    /// <summary>WCAG 2.2, "contrast ratio".</summary>
    static double Contrast(string one, string other)
    {
        double a = Luminance(one),
            b = Luminance(other);
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);

        static double Luminance(string color)
        {
            double Part(int at) =>
                int.Parse(color.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0 is var part && part <= 0.04045
                    ? part / 12.92
                    : Math.Pow((part + 0.055) / 1.055, 2.4);
            return 0.2126 * Part(1) + 0.7152 * Part(3) + 0.0722 * Part(5);
        }
    }

    [GeneratedRegex("[ML](-?[0-9.]+) (-?[0-9.]+)")]
    private static partial Regex Points();
}
