using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FunctionsApp.Benchmark;

/// <summary>
/// Ratios of an earlier run, committed as <c>infra/load/baseline.json</c>. Rows with a unit, such as seconds, are not in it, because they
/// depend on the machine.
/// </summary>
/// <param name="Measured">Where and when the ratios were measured.</param>
/// <param name="Rows">The ratios by the name of the row.</param>
sealed record Baseline(string Measured, IReadOnlyDictionary<string, Baseline.Ratio> Rows)
{
    /// <summary>A ratio with its noise.</summary>
    /// <param name="Median">The median of the rounds.</param>
    /// <param name="Noise">
    /// By which part of <paramref name="Median"/> a run may be worse without counting as a regression.
    /// </param>
    public sealed record Ratio(double Median, double Noise);

    // Two runs of the same program differ by as much, even if the rounds of each agree.
    const double LeastNoise = 0.1;

    static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <exception cref="BenchmarkException">The file is missing or is not a baseline.</exception>
    public static Baseline Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<Baseline>(File.ReadAllText(file), Json) ?? throw new JsonException("It is null.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new BenchmarkException($"{file} is not a baseline: {e.Message} Make one with --renew-baseline.", e);
        }
    }

    /// <summary>Replaces the ratios of the measured rows; others stay as they are.</summary>
    /// <param name="measured">Where and when the rows were measured.</param>
    public Baseline With(IEnumerable<Row> rows, string measured)
    {
        var all = new SortedDictionary<string, Ratio>(Rows.ToDictionary(), StringComparer.Ordinal);
        foreach (var row in rows.Where(IsRatio))
        {
            // Half the distance between the best and the worst round.
            var spread = (row.Values.Max() - row.Values.Min()) / 2 / row.Median;
            all[row.Name] = new(Math.Round(row.Median, 3), Math.Round(Math.Max(LeastNoise, spread), 2));
        }

        return new(measured, all);
    }

    public void Write(string file) => File.WriteAllText(file, JsonSerializer.Serialize(this, Json) + "\n");

    /// <summary>A sentence for each row that is worse than its ratio here by more than the noise.</summary>
    public IReadOnlyList<string> FindRegressions(IEnumerable<Row> rows) =>
        [
            .. rows.Where(row => IsRatio(row) && Rows.TryGetValue(row.Name, out var ratio) && IsWorse(row, ratio))
                .Select(row =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{row.Name} is worse than the baseline: {row.Median:0.00} instead of {Rows[row.Name].Median:0.00}, with a "
                            + $"noise of {Rows[row.Name].Noise:0%}."
                    )
                ),
        ];

    static bool IsRatio(Row row) => row.Target.Unit.Length == 0;

    static bool IsWorse(Row row, Ratio ratio) =>
        row.Target.IsFloor ? row.Median < ratio.Median * (1 - ratio.Noise) : row.Median > ratio.Median * (1 + ratio.Noise);
}
