using System.Security.Cryptography;
using FunctionsApp.Benchmark.Load;
using FunctionsApp.LocalPostgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace FunctionsApp.Benchmark.Subject;

/// <summary>The system under test on this machine: a private, durable Postgres with users, and the published server.</summary>
sealed class SystemUnderTest : IAsyncDisposable
{
    readonly DirectoryInfo folder;
    readonly LocalPostgresServer postgres;
    readonly Publication publication;
    readonly string secret;
    readonly BenchmarkOptions options;

    SystemUnderTest(
        DirectoryInfo folder,
        LocalPostgresServer postgres,
        Publication publication,
        string secret,
        Population population,
        BenchmarkOptions options
    )
    {
        (this.folder, this.postgres, this.publication, this.secret, this.options) = (folder, postgres, publication, secret, options);
        Population = population;
        if (publication.Note is { } note)
            Notes.Add(note);
        Wrk = new(folder.FullName);
        DatabaseFamily = new(PostmasterPid.Read(Path.Combine(postgres.Folder, "data", "postmaster.pid"))?.Pid);
        Pgbench = new(folder.FullName, postgres.Programs.Folder, postgres.ConnectionString);
    }

    public Population Population { get; }

    public string ConnectionString => postgres.ConnectionString;

    public ProcessFamily DatabaseFamily { get; }

    public Wrk Wrk { get; }

    public Pgbench Pgbench { get; }

    public string PostgresVersion => postgres.Programs.Version;

    /// <summary>Notes for readers of the table.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Creates a temporary folder, which is deleted at the end.</summary>
    public string CreateFolder(string name) => folder.CreateSubdirectory(name).FullName;

    public static async Task<SystemUnderTest> PrepareAsync(BenchmarkOptions options, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("functionsapp-bench-");
        LocalPostgresServer? postgres = null;
        try
        {
            if (options.Published is null)
                await Console.Error.WriteLineAsync("Publishing the server …");
            var publication = options.Published is { } published
                ? new Publication(Path.GetFullPath(published), null)
                : await Publication.MakeAsync(Path.Combine(folder.FullName, "server"), cancellationToken);
            await Console.Error.WriteLineAsync("Starting Postgres …");
            postgres = await LocalPostgresServer.StartTemporaryAsync(
                PostgresSource.Any,
                durable: true,
                NullLogger.Instance,
                cancellationToken
            );
            var secret = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
            return new(
                folder,
                postgres,
                publication,
                secret,
                await Population.MakeAsync(postgres.ConnectionString, secret, cancellationToken),
                options
            );
        }
        catch
        {
            if (postgres is not null)
                await postgres.DisposeAsync();
            folder.Delete(recursive: true);
            throw;
        }
    }

    /// <summary>Starts the server without waiting until it is ready.</summary>
    public ServerProcess StartServer(params ReadOnlySpan<(string Name, string Value)> settings)
    {
        var environment = new Dictionary<string, string>
        {
            ["ConnectionStrings__Postgres"] = $"{postgres.ConnectionString};{options.ConnectionSettings}",
            ["Accounts__KeyEncryptionSecret"] = secret,
        };
        foreach (var (name, value) in settings)
            environment[name] = value;
        foreach (var setting in options.ServerSettings)
            environment[setting.Split('=', 2)[0]] = setting.Split('=', 2)[1];
        return ServerProcess.Start(publication, environment);
    }

    /// <summary>Starts the server and waits until it is ready.</summary>
    public async Task<ServerProcess> StartReadyServerAsync(
        CancellationToken cancellationToken,
        params (string Name, string Value)[] settings
    )
    {
        var server = StartServer(settings);
        try
        {
            await server.ReadyAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts standbys of the database.</summary>
    /// <param name="names">One for each standby.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="BenchmarkException">The database cannot be copied.</exception>
    public Task<StandbyServers> StartStandbysAsync(IEnumerable<string> names, CancellationToken cancellationToken) =>
        StandbyServers.StartAsync(postgres, names, cancellationToken);

    /// <summary>The processor time of a server and, if it can be read, of the database.</summary>
    public TimeSpan ProcessorTime(ServerProcess server) => server.ProcessorTime + (DatabaseFamily.Time ?? default);

    public async ValueTask DisposeAsync()
    {
        await postgres.DisposeAsync();
        folder.Delete(recursive: true);
    }
}
