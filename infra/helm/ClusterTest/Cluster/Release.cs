using System.Text.Json;

namespace FunctionsApp.ClusterTest.Cluster;

/// <summary>A release of the chart in a namespace that enforces the restricted Pod Security Standard.</summary>
public sealed class Release(TestOptions options, string kubeNamespace, string name)
{
    static readonly TimeSpan usual = TimeSpan.FromSeconds(150);

    /// <summary>The label selector of its servers.</summary>
    public string Servers => $"app.kubernetes.io/instance={name},app.kubernetes.io/component=server";

    /// <summary>Name of the release.</summary>
    public string Name => name;

    /// <summary>Name of the namespace.</summary>
    public string Namespace => kubeNamespace;

    /// <summary>The values that each install and upgrade gets first.</summary>
    public IReadOnlyList<string> CommonValues =>
        [
            $"image.repository={options.Repository}",
            $"image.tag={options.Tag}",
            "database.mode=postgres",
            $"database.postgres.image={options.PostgresImage}",
            $"database.postgres.user={options.PostgresUser}",
            "autoscaling.mode=none",
            // Two cores hold every pod of this test.
            "resources.requests.cpu=150m",
            "shutdown.drainSeconds=1",
        ];

    /// <summary>Creates the namespace.</summary>
    public static async Task CreateNamespaceAsync(string kubeNamespace)
    {
        await Shell.RunAsync("kubectl", ["create", "namespace", kubeNamespace]);
        await Shell.RunAsync(
            "kubectl",
            [
                "label",
                "namespace",
                kubeNamespace,
                "pod-security.kubernetes.io/enforce=restricted",
                "pod-security.kubernetes.io/warn=restricted",
            ]
        );
    }

    /// <summary>Installs the release, or upgrades it, and waits until its pods are ready, at most 150 s.</summary>
    /// <inheritdoc cref="TryApplyAsync(TimeSpan, string[])"/>
    public Task<(int Code, string Text)> TryApplyAsync(params string[] values) => TryApplyAsync(usual, values);

    /// <summary>Installs the release, or upgrades it, and waits until its pods are ready.</summary>
    /// <param name="limit">How long Helm waits.</param>
    /// <param name="values">In the form of <c>helm --set</c>, after the common values.</param>
    /// <returns>The exit code and what Helm wrote.</returns>
    public Task<(int Code, string Text)> TryApplyAsync(TimeSpan limit, params string[] values) => TryApplyAsync(limit, [], values);

    async Task<(int Code, string Text)> TryApplyAsync(TimeSpan limit, string[] flags, string[] values)
    {
        string[] wait = ["--wait", "--timeout", $"{limit.TotalSeconds:0}s"];
        List<string> arguments = ["upgrade", "--install", name, options.Chart, "-n", kubeNamespace, .. wait, .. flags];
        foreach (var value in CommonValues.Concat(values))
            arguments.AddRange(["--set", value]);
        var (code, output, error) = await Shell.TryAsync("helm", arguments, TimeSpan.FromMinutes(5));
        return (code, output + error);
    }

    /// <summary>Installs the release, or upgrades it, and waits until its pods are ready.</summary>
    /// <exception cref="ClusterTestException">Helm failed.</exception>
    public Task ApplyAsync(params string[] values) => ApplyAsync([], values);

    /// <summary>Upgrades the release to a fixed number of pods, which an autoscaler owns so far.</summary>
    /// <inheritdoc cref="ApplyAsync(string[])"/>
    public Task TakeReplicasAsync(params string[] values) => ApplyAsync(["--force-conflicts"], values);

    async Task ApplyAsync(string[] flags, string[] values)
    {
        var (code, text) = await TryApplyAsync(usual, flags, values);
        if (code != 0)
            throw new ClusterTestException($"helm upgrade --install {name} failed: {text.Trim()}\n{await StateAsync()}");
    }

    /// <summary>Runs <c>helm test</c>.</summary>
    public async Task<(int Code, string Text)> TestAsync()
    {
        var (code, output, error) = await Shell.TryAsync(
            "helm",
            ["test", name, "-n", kubeNamespace, "--timeout", "90s"],
            TimeSpan.FromMinutes(3)
        );
        return (code, output + error);
    }

    /// <summary>Removes the release and waits until its objects are gone.</summary>
    public Task UninstallAsync() =>
        Shell.RunAsync("helm", ["uninstall", name, "-n", kubeNamespace, "--wait", "--timeout", "120s"], TimeSpan.FromMinutes(3));

    /// <summary>The address of the Service, such as <c>http://10.96.0.20:80</c>.</summary>
    public async Task<Uri> AddressAsync()
    {
        var address = await Shell.RunAsync(
            "kubectl",
            [
                "get",
                "service",
                "-n",
                kubeNamespace,
                "-l",
                $"app.kubernetes.io/instance={name},app.kubernetes.io/component=server",
                "-o",
                "jsonpath={.items[0].spec.clusterIP}:{.items[0].spec.ports[0].port}",
            ]
        );
        return new($"http://{address}");
    }

    /// <summary>The names of all objects of the namespace that belong to the release, such as <c>secret/app</c>.</summary>
    public async Task<IReadOnlyList<string>> ObjectsAsync()
    {
        var kinds = await Shell.RunAsync("kubectl", ["api-resources", "--verbs=list", "--namespaced", "-o", "name"]);
        var wanted = kinds
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(kind => !kind.Contains("metrics.k8s.io") && kind != "events" && kind != "events.events.k8s.io");
        var found = await Shell.RunAsync(
            "kubectl",
            [
                "get",
                string.Join(',', wanted),
                "-n",
                kubeNamespace,
                "-o",
                "name",
                "-l",
                $"app.kubernetes.io/instance={name}",
                "--ignore-not-found",
            ]
        );
        return [.. found.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    /// <summary>The condition and the log of the Job of <c>migrate</c>.</summary>
    public async Task<(bool Failed, string Log)> MigrationAsync()
    {
        string[] job = ["-n", kubeNamespace, $"job/{name}-migrate"];
        var failed = await Shell.RunAsync("kubectl", ["get", .. job, "-o", "jsonpath={.status.conditions[?(@.type=='Failed')].status}"]);
        return (failed == "True", await Shell.RunAsync("kubectl", ["logs", .. job]));
    }

    /// <summary>Runs a command of the app in a pod and returns its output.</summary>
    public Task<string> ExecAsync(Pod pod, params string[] arguments) =>
        Shell.RunAsync("kubectl", ["exec", "-n", kubeNamespace, pod.Name, "--", "dotnet", "/app/Functions.dll", .. arguments]);

    /// <summary>The pods, the last events and logs, for the text of a failure.</summary>
    public async Task<string> StateAsync()
    {
        var pods = await Shell.TryAsync("kubectl", ["get", "pods", "-n", kubeNamespace, "-o", "wide"]);
        var events = await Shell.TryAsync("kubectl", ["get", "events", "-n", kubeNamespace, "--sort-by=.lastTimestamp"]);
        var logs = await Shell.TryAsync(
            "kubectl",
            ["logs", "-n", kubeNamespace, "-l", $"app.kubernetes.io/instance={name}", "--all-containers", "--prefix", "--tail=15"]
        );
        var last = string.Join('\n', events.Output.Split('\n').TakeLast(20));
        return $"{pods.Output}\n{last}\n{logs.Output}{logs.Error}";
    }

    /// <summary>Deployment's name and the current count of its replicas.</summary>
    public async Task<JsonElement> DeploymentAsync()
    {
        var json = await Shell.RunAsync("kubectl", ["get", "deployment", "-n", kubeNamespace, "-l", Servers, "-o", "json"]);
        using var document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("items")[0].Clone();
    }
}
