namespace FunctionsApp.ClusterTest;

/// <summary>What is tested, and how long.</summary>
/// <param name="Chart">Folder of the chart.</param>
/// <param name="Repository">Repository of the image, which the node has.</param>
/// <param name="Tag">Tag of the image.</param>
/// <param name="PostgresImage">Image for the chart's small Postgres.</param>
/// <param name="PostgresUser">User of that image's Postgres.</param>
/// <param name="CloudNativePgImage">Image for CloudNativePG's instances; empty for the operator's default.</param>
/// <param name="PrometheusImage">Image for Prometheus, with <c>/bin/prometheus</c>; empty if there is none.</param>
/// <param name="Results">Folder for the records of the run.</param>
/// <param name="Short">The short form for CI.</param>
public sealed record TestOptions(
    string Chart,
    string Repository,
    string Tag,
    string PostgresImage,
    int PostgresUser,
    string CloudNativePgImage,
    string PrometheusImage,
    string Results,
    bool Short
)
{
    /// <summary>How many times the release is started from zero pods.</summary>
    public int ColdStarts => Short ? 5 : 50;

    /// <summary>How many pods start and migrate at once.</summary>
    public int Crowd => Short ? 4 : 10;

    /// <summary>How often a pod is killed.</summary>
    public int Kills => Short ? 1 : 5;

    /// <summary>
    /// How long writes may pause after their primary was deleted. The short form also runs on shared machines, on which the
    /// operator takes several times as long.
    /// </summary>
    public TimeSpan LongestPause => TimeSpan.FromSeconds(Short ? 60 : 15);

    /// <summary>How long each side of the comparison with the interceptor is measured.</summary>
    public TimeSpan Comparison => TimeSpan.FromSeconds(Short ? 8 : 60);
}
