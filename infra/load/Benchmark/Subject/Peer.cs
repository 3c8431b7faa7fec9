using System.Globalization;
using Npgsql;

namespace FunctionsApp.Benchmark.Subject;

/// <summary>
/// A service in another language with the same endpoint on the same table, from <c>infra/load/peers</c>. Its tools are optional.
/// </summary>
/// <param name="Name">The name of its folder and of its row.</param>
/// <param name="What">Its language and libraries.</param>
/// <param name="BuildAsync">
/// Builds it in an empty folder, from the folder of its source: the program to run there, with its arguments.
/// </param>
sealed record Peer(string Name, string What, Func<string, string, CancellationToken, Task<IReadOnlyList<string>>> BuildAsync)
{
    const string Connections = "20",
        Processes = "2";

    public static IReadOnlyList<Peer> All { get; } =
    [
        new("go", "Go with net/http, pgx and golang-jwt", BuildGoAsync),
        new("fastify", $"Fastify with @fastify/jwt and pg, {Processes} processes", BuildFastifyAsync),
    ];

    /// <summary>The environment of a process of the peer.</summary>
    /// <param name="port">Where it listens.</param>
    /// <param name="secret">The key of the tokens.</param>
    public static Dictionary<string, string> Settings(int port, string secret, string connectionString)
    {
        var database = new NpgsqlConnectionStringBuilder(connectionString);
        return new()
        {
            ["PORT"] = port.ToString(CultureInfo.InvariantCulture),
            ["JWT_SECRET"] = secret,
            ["POOL_SIZE"] = Connections,
            ["PROCESSES"] = Processes,
            ["PGHOST"] = database.Host!,
            ["PGPORT"] = database.Port.ToString(CultureInfo.InvariantCulture),
            ["PGUSER"] = database.Username!,
            ["PGPASSWORD"] = database.Password ?? "",
            ["PGDATABASE"] = database.Database!,
        };
    }

    // With the packages of Debian and Ubuntu, which a build without modules finds in the shared folder.
    static async Task<IReadOnlyList<string>> BuildGoAsync(string source, string folder, CancellationToken cancellationToken)
    {
        const string DebianPackages = "/usr/share/gocode";
        const string Needed = "golang-go, golang-github-jackc-pgx-v4-dev and golang-github-golang-jwt-jwt-dev";
        var go = Find("go", Needed);
        if (!Directory.Exists(DebianPackages))
            throw new BenchmarkException($"{DebianPackages} is missing. Debian and Ubuntu have the packages {Needed}.");
        var program = Path.Combine(folder, "peer");
        await new ExternalProgram(go, ["build", "-o", program, Path.Combine(source, "main.go")])
        {
            Environment = new() { ["GO111MODULE"] = "off", ["GOPATH"] = DebianPackages },
        }.RunAsync(cancellationToken);
        return [program];
    }

    static async Task<IReadOnlyList<string>> BuildFastifyAsync(string source, string folder, CancellationToken cancellationToken)
    {
        var (node, npm) = (Find("node", "nodejs"), Find("npm", "npm"));
        foreach (var file in new[] { "package.json", "server.js" })
            File.Copy(Path.Combine(source, file), Path.Combine(folder, file));
        await new ExternalProgram(
            npm,
            ["install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        ).RunAsync(cancellationToken);
        return [node, Path.Combine(folder, "server.js")];
    }

    static string Find(string program, string packages) =>
        ExternalProgram.OnPath(program)
        ?? throw new BenchmarkException($"there is no {program} on PATH. Debian and Ubuntu: the packages {packages}");
}
