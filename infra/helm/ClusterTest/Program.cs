using System.CommandLine;
using System.Diagnostics;
using FunctionsApp.ClusterTest;
using FunctionsApp.ClusterTest.Cluster;
using FunctionsApp.ClusterTest.Report;
using FunctionsApp.ClusterTest.Steps;

var chart = new Option<string>("--chart") { Description = "Folder of the chart.", Required = true };
var repository = new Option<string>("--repository") { Description = "Repository of the image.", Required = true };
var tag = new Option<string>("--tag") { Description = "Tag of the image.", Required = true };
var postgresImage = new Option<string>("--postgres-image")
{
    Description = "Image for Postgres.",
    DefaultValueFactory = _ => "postgres:17",
};
var postgresUser = new Option<int>("--postgres-user") { Description = "User of that image's Postgres.", DefaultValueFactory = _ => 999 };
var cloudNativePgImage = new Option<string>("--cloudnativepg-image")
{
    Description = "Image for CloudNativePG's instances. Empty: the operator's default.",
    DefaultValueFactory = _ => "",
};
var prometheusImage = new Option<string>("--prometheus-image")
{
    Description = "Image for Prometheus, with /bin/prometheus. Empty: none.",
    DefaultValueFactory = _ => "docker.io/prom/prometheus:v3.5.0",
};
var results = new Option<string>("--results") { Description = "Folder for the records.", Required = true };
var picture = new Option<string?>("--picture") { Description = "SVG file for the timeline." };
var only = new Option<int[]>("--steps")
{
    Description = "The numbers of the steps to run after the first, instead of all.",
    AllowMultipleArgumentsPerToken = true,
};
var isShort = new Option<bool>("--short") { Description = "The short form." };
var command = new RootCommand("Tests the chart on the cluster of the current kubeconfig. kubectl, helm and vegeta must be on PATH.")
{
    chart,
    repository,
    tag,
    postgresImage,
    postgresUser,
    cloudNativePgImage,
    prometheusImage,
    results,
    picture,
    isShort,
    only,
};
command.SetAction(parsed =>
    RunAsync(
        new(
            parsed.GetRequiredValue(chart),
            parsed.GetRequiredValue(repository),
            parsed.GetRequiredValue(tag),
            parsed.GetRequiredValue(postgresImage),
            parsed.GetRequiredValue(postgresUser),
            parsed.GetRequiredValue(cloudNativePgImage),
            parsed.GetRequiredValue(prometheusImage),
            parsed.GetRequiredValue(results),
            parsed.GetValue(isShort)
        ),
        parsed.GetValue(picture),
        parsed.GetValue(only) ?? []
    )
);
var record = new Argument<string>("timeline.json") { Description = "The timeline that a test recorded in its results." };
var drawing = new Argument<string>("picture.svg") { Description = "The file to write." };
var draw = new Command("draw", "Draws the timeline of an earlier test.") { record, drawing };
draw.SetAction(parsed =>
{
    try
    {
        TimelinePlot.Write(parsed.GetRequiredValue(drawing), TimelineRecord.Read(parsed.GetRequiredValue(record)));
        return 0;
    }
    catch (ClusterTestException e)
    {
        Console.Error.WriteLine(e.Message);
        return 1;
    }
});
command.Add(draw);
return await command.Parse(args).InvokeAsync();

static async Task<int> RunAsync(TestOptions options, string? picture, int[] only)
{
    const string Namespace = "functionsapp-test";
    Directory.CreateDirectory(options.Results);
    var start = DateTime.UtcNow;
    var timeline = new Timeline(start);
    var run = new TestRun(options, new(options, Namespace, "functionsapp"), new(options, Namespace, "second"), timeline);
    Step[] steps =
    [
        new("install, and helm test", InstallSteps.InstallAsync),
        new("a test that must fail", InstallSteps.TestCanFailAsync),
        new("rolling upgrade under load", UpgradeSteps.RollAsync),
        new("pods killed under load", UpgradeSteps.KillAsync),
        new("an upgrade whose migration fails", UpgradeSteps.FailingMigrationAsync),
        new("a Secret and an image that do not exist", UpgradeSteps.MissingAsync, LongOnly: true),
        new("an autoscaler and a fixed number in turn", UpgradeSteps.ReplicasAsync, LongOnly: true),
        new("pods that start and migrate at once", InstallSteps.CrowdAsync),
        new("the interceptor against the Service", ScaleSteps.CompareAsync, LongOnly: true),
        new("starts from zero", ScaleSteps.ColdStartsAsync),
        new("load: from zero to several and back", ScaleSteps.LoadAsync),
        new("HorizontalPodAutoscaler: load and silence", AutoscalerSteps.HpaAsync, LongOnly: true),
        new("KEDA: cpu, postgresql and cron", AutoscalerSteps.KedaAsync, LongOnly: true),
        new(
            "KEDA: prometheus",
            AutoscalerSteps.PrometheusAsync,
            LongOnly: true,
            Missing: options.PrometheusImage.Length == 0 ? "there is no image of Prometheus (--prometheus-image)" : null
        ),
        new("CloudNativePG: its primary is deleted under load", CloudNativePgSteps.LoseThePrimaryAsync),
        new("uninstall", InstallSteps.UninstallAsync),
    ];
    await Release.CreateNamespaceAsync(Namespace);
    var (passed, failed) = (0, 0);
    TimelineRecord record;
    await using (var pods = await PodWatch.StartAsync(Namespace, run.Release.Servers))
    {
        foreach (var (step, number) in steps.Select((step, number) => (step, number + 1)))
        {
            if (only.Length > 0 && number > 1 && !only.Contains(number))
                continue;
            if (only.Length == 0 && options.Short && step.LongOnly)
                continue;
            if (step.Missing is not null)
            {
                Console.WriteLine($"skipped {number}. {step.Name}: {step.Missing}");
                continue;
            }

            var (from, clock) = (DateTime.UtcNow, Stopwatch.StartNew());
            try
            {
                var figures = await step.RunAsync(run);
                passed++;
                Console.WriteLine($"ok      {number}. {step.Name}: {figures} ({clock.Elapsed.TotalSeconds:0} s)");
            }
            catch (Exception e) when (e is ClusterTestException or HttpRequestException or OperationCanceledException)
            {
                failed++;
                Console.WriteLine($"FAILED  {number}. {step.Name} ({clock.Elapsed.TotalSeconds:0} s): {e.Message}");
            }

            timeline.Add(number, step.Name, from, DateTime.UtcNow);
        }

        record = timeline.ToRecord(pods.Events);
    }

    await Shell.RunAsync("kubectl", ["delete", "namespace", Namespace, "--wait=false"]);
    record.Write(Path.Combine(options.Results, "timeline.json"));
    if (picture is not null)
        TimelinePlot.Write(picture, record);
    Console.WriteLine($"{passed} passed, {failed} failed ({(DateTime.UtcNow - start).TotalSeconds:0} s)");
    return failed == 0 ? 0 : 1;
}
