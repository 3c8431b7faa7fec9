using System.Text.Encodings.Web;
using System.Text.Json;
using FunctionsApp.LoadTest.Attacks;
using FunctionsApp.LoadTest.Search;
using FunctionsApp.LoadTest.Subjects;

namespace FunctionsApp.LoadTest.Reports;

/// <summary>Everything that a run has measured so far: the content of <c>results.json</c>, from which a run is resumed.</summary>
sealed record RunRecord
{
    public const string FileName = "results.json";

    static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public required DateTimeOffset StartedAt { get; init; }

    public required RunPlan Plan { get; init; }

    /// <summary>Facts about the machine and the subject.</summary>
    public List<string> Notes { get; init; } = [];

    /// <summary>The kinds of work in the order in which they were begun.</summary>
    public List<KindRecord> Kinds { get; init; } = [];

    /// <exception cref="LoadTestException">There is no record in the folder, or it is not one.</exception>
    public static RunRecord Read(string folder)
    {
        var file = Path.Combine(folder, FileName);
        try
        {
            return JsonSerializer.Deserialize<RunRecord>(File.ReadAllText(file), Json) ?? throw new JsonException("It is empty.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new LoadTestException($"There is no run to resume in {file}: {e.Message}", e);
        }
    }

    /// <summary>The same run at another URL, such as that of pods that were installed again; null to keep the URL.</summary>
    /// <exception cref="LoadTestException">The run starts its own server.</exception>
    public RunRecord At(string? url)
    {
        if (url is null)
            return this;
        return Plan.Url is null
            ? throw new LoadTestException(
                "The run to resume starts its own server, whose figures another server's would falsify. Omit --url."
            )
            : this with
            {
                Plan = Plan with { Url = url },
            };
    }

    /// <summary>Replaces the file, so that it is complete at any time.</summary>
    public void Write(string folder)
    {
        var file = Path.Combine(folder, FileName);
        File.WriteAllText(file + ".new", JsonSerializer.Serialize(this, Json));
        File.Move(file + ".new", file, overwrite: true);
    }
}

/// <summary>What a run measures, and how.</summary>
/// <param name="Url">The base URL of a service; null for a server that the run starts.</param>
/// <param name="Processors">The limit of that server, as Kubernetes writes it; likewise <paramref name="Memory"/>.</param>
/// <param name="Objective">The highest p99 in milliseconds.</param>
/// <param name="HashObjective">The highest p99 of kinds of work that hash passwords, in milliseconds.</param>
/// <param name="WarmUp">Seconds of load before a search.</param>
/// <param name="Duration">Seconds of an attack; a confirmation takes <see cref="ConfirmationFactor"/> times as long.</param>
/// <param name="Tolerance">How exact the rate is, such as 0.1.</param>
/// <param name="HighestRate">No higher rate is tried.</param>
/// <param name="Pods">How many pods with those limits are behind the URL; null if that is not known.</param>
sealed record RunPlan(
    IReadOnlyList<string> Kinds,
    string? Url,
    string Processors,
    string Memory,
    double Objective,
    double HashObjective,
    double WarmUp,
    double Duration,
    double Tolerance,
    double HighestRate,
    int Users,
    int? Pods = null
)
{
    public const double ConfirmationFactor = 2;
}

/// <summary>The search of one kind of work.</summary>
sealed record KindRecord
{
    public required string Kind { get; init; }

    /// <summary>The highest p99 in milliseconds.</summary>
    public required double Objective { get; init; }

    public List<AttackRecord> Attacks { get; init; } = [];

    /// <summary>The highest rate that was confirmed; null if there is none (yet).</summary>
    public double? Rate { get; set; }

    /// <summary>Why there is no rate; null otherwise.</summary>
    public string? Problem { get; set; }

    public bool IsDone => Rate is not null || Problem is not null;

    /// <summary>The attack that confirmed the rate.</summary>
    public AttackRecord? Confirmation => Rate is null ? null : Attacks.FindLast(one => one.Confirms && one.Rate == Rate);
}

/// <summary>One attack at a constant rate.</summary>
/// <param name="Problem">Why it did not pass; null if it did.</param>
/// <param name="Event">What happened to the server, or null.</param>
/// <param name="Used">What was used during it.</param>
sealed record AttackRecord(double Rate, bool Confirms, string? Problem, string? Event, AttackResult Result, Usage Used)
{
    public AttackOutcome Outcome => new(Rate, Problem is null, Confirms);

    /// <summary>A part of the usage per request, in microseconds or as a number; null if it is unknown.</summary>
    public double? PerRequest(double? used) => used / Result.Requests;
}
