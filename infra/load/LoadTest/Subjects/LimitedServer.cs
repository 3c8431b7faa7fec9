using System.Globalization;
using System.Security.Cryptography;
using FunctionsApp.Benchmark;
using FunctionsApp.Benchmark.Subject;
using FunctionsApp.LoadTest.Service;
using FunctionsApp.LoadTest.Targets;
using FunctionsApp.LocalPostgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FunctionsApp.LoadTest.Subjects;

/// <summary>
/// A server on this machine with the limits of a pod, and a private Postgres without limits. A second server without limits, on the same
/// database, prepares the attacks, so that preparing neither costs the measured one anything nor warms it up.
/// </summary>
sealed class LimitedServer : ISubject
{
    // Distinguishes the connections of the measured server from those of the preparing one.
    const string ApplicationName = "load-test-subject";

    const string AdministratorName = "load-administrator",
        AdministratorPassword = "correct horse battery";

    // Preparing needs many logins. The work factor is part of a hash, so both servers verify these.
    const string FastWorkFactor = "4";

    // The part of the memory limit that the runtime uses by default in a container.
    const double HeapPart = 0.75;

    readonly DirectoryInfo folder;
    readonly Publication publication;
    readonly LocalPostgresServer postgres;
    readonly Limits limits;
    readonly ControlGroup? group;
    readonly int users;
    readonly List<string> notes = [];
    readonly Dictionary<string, string> settings;
    readonly DatabaseStatistics statistics;
    readonly ProcessFamily database;
    bool countsStatements;
    ServerProcess? preparing,
        measured;
    ApiClient? api;
    Administrator? administrator;

    LimitedServer(DirectoryInfo folder, Publication publication, LocalPostgresServer postgres, Limits limits, int users)
    {
        (this.folder, this.publication, this.postgres, this.limits, this.users) = (folder, publication, postgres, limits, users);
        statistics = new(postgres.ConnectionString);
        database = new(PostmasterPid.Read(Path.Combine(postgres.Folder, "data", "postmaster.pid"))?.Pid);
        settings = new()
        {
            ["ConnectionStrings__Postgres"] = postgres.ConnectionString,
            ["Accounts__KeyEncryptionSecret"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            ["Database__MigrateOnStart"] = "true",
            // All requests come from one address.
            ["RateLimits__Login"] = "0",
            ["RateLimits__Signup"] = "0",
            ["RateLimits__Refresh"] = "0",
        };
        group = ControlGroup.TryCreate(limits, out var problem);
        var size = string.Create(
            CultureInfo.InvariantCulture,
            $"{limits.Processors:0.###} processors and {limits.Memory / (double)(1 << 20):0} MiB"
        );
        if (group is not null)
            notes.Add($"The server was limited to {size} by a control group, as Kubernetes limits a pod.");
        else
        {
            notes.Add(
                $"The limits of {size} were NOT enforced, because a control group could not be created: {problem}. The runtime was "
                    + "told to use as many processors and as much memory, but may use whole processors."
            );
        }

        notes.Add("Client, server and Postgres shared this machine. Postgres was not limited, and wrote durably.");
        notes.Add("Rate limits by address were off, because all requests came from one.");
        if (publication.Note is { } note)
            notes.Add(note);
    }

    public string Url => $"http://{measured!.Address}/v1";

    /// <summary>The process of the measured server.</summary>
    public int? ProcessId => measured?.Id;

    public IReadOnlyList<string> Notes => notes;

    /// <summary>Publishes the server, starts Postgres and the preparing server, and creates the administrator.</summary>
    /// <param name="published">A published server to use; null to publish one.</param>
    /// <exception cref="LoadTestException">Something does not start.</exception>
    public static async Task<LimitedServer> StartAsync(
        Limits limits,
        string? published,
        int users,
        Action<string> progress,
        CancellationToken cancellationToken
    )
    {
        var folder = Directory.CreateTempSubdirectory("functionsapp-load-");
        LocalPostgresServer? postgres = null;
        LimitedServer? subject = null;
        try
        {
            if (published is null)
                progress("Publishing the server");
            var publication = published is null
                ? await Publication.MakeAsync(Path.Combine(folder.FullName, "server"), cancellationToken)
                : new Publication(Path.GetFullPath(published), null);
            progress("Starting Postgres");
            postgres = await LocalPostgresServer.StartTemporaryAsync(
                PostgresSource.Any,
                durable: true,
                NullLogger.Instance,
                cancellationToken
            );
            var counts = await LoadStatementsModuleAsync(postgres, cancellationToken);
            subject = new(folder, publication, postgres, limits, users) { countsStatements = counts };
            progress("Starting the server");
            await subject.PrepareAsync(cancellationToken);
            return subject;
        }
        catch (Exception e)
        {
            if (subject is not null)
                await subject.DisposeAsync();
            else
            {
                if (postgres is not null)
                    await postgres.DisposeAsync();
                folder.Delete(recursive: true);
            }

            throw e is BenchmarkException or LocalPostgresException ? new LoadTestException(e.Message, e) : e;
        }
    }

    public Preparation NewPreparation() => new(api!, Url, administrator!, users, Repository.Root);

    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        // At the same address, which the targets of attacks contain.
        var address = measured?.Address;
        if (measured is not null)
            await measured.DisposeAsync();
        measured = null;
        var environment = new Dictionary<string, string>(settings);
        environment["ConnectionStrings__Postgres"] += $";Application Name={ApplicationName}";
        if (group is null)
        {
            environment["DOTNET_PROCESSOR_COUNT"] = $"{Math.Ceiling(limits.Processors):0}";
            environment["DOTNET_GCHeapHardLimit"] = ((long)(limits.Memory * HeapPart)).ToString("x", CultureInfo.InvariantCulture);
        }

        measured = await ReadyAsync(ServerProcess.Start(publication, environment, group?.Launcher, address), cancellationToken);
    }

    public async Task<string?> RecoverAsync(CancellationToken cancellationToken)
    {
        if (measured is { HasExited: false })
        {
            using var target = new ApiClient(Url);
            await target.AwaitReadyAsync(cancellationToken);
            return null;
        }

        await RestartAsync(cancellationToken);
        return "The server had ended (out of memory?) and was started again.";
    }

    public async Task<Usage> ReadUsageAsync(CancellationToken cancellationToken) =>
        new(
            group?.ProcessorTime ?? measured?.ProcessorTime.TotalSeconds,
            database.Time?.TotalSeconds,
            group?.Throttled,
            group?.Memory ?? measured?.ResidentMemory,
            countsStatements ? await statistics.CountStatementsAsync(cancellationToken) : null,
            await statistics.CountTransactionsAsync(cancellationToken),
            await statistics.CountConnectionsAsync(ApplicationName, cancellationToken)
        );

    public async ValueTask DisposeAsync()
    {
        if (measured is not null)
            await measured.DisposeAsync();
        if (preparing is not null)
            await preparing.DisposeAsync();
        api?.Dispose();
        group?.Dispose();
        await statistics.DisposeAsync();
        await postgres.DisposeAsync();
        folder.Delete(recursive: true);
    }

    async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (!countsStatements)
            notes.Add("Statements were not counted, because this Postgres has no pg_stat_statements.");
        var environment = new Dictionary<string, string>(settings) { ["Accounts__BcryptWorkFactor"] = FastWorkFactor };
        preparing = await ReadyAsync(ServerProcess.Start(publication, environment), cancellationToken);
        api = new($"http://{preparing.Address}/v1");
        await api.SendAsync(
            HttpMethod.Post,
            "/signup",
            null,
            new { username = AdministratorName, password = AdministratorPassword },
            cancellationToken
        );
        await new ExternalProgram(publication.Program, ["users", "promote", AdministratorName]) { Environment = environment }.RunAsync(
            cancellationToken
        );
        administrator = new(api, null, AdministratorName, AdministratorPassword);
    }

    static async Task<ServerProcess> ReadyAsync(ServerProcess server, CancellationToken cancellationToken)
    {
        try
        {
            await server.ReadyAsync(cancellationToken);
            return server;
        }
        catch (Exception e)
        {
            await server.DisposeAsync();
            throw e is BenchmarkException ? new LoadTestException(e.Message, e) : e;
        }
    }

    /// <returns>Whether the database counts statements.</returns>
    static async Task<bool> LoadStatementsModuleAsync(LocalPostgresServer postgres, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using (var available = source.CreateCommand("select 1 from pg_available_extensions where name = 'pg_stat_statements'"))
        {
            if (await available.ExecuteScalarAsync(cancellationToken) is null)
                return false;
        }

        await using (var load = source.CreateCommand("alter system set shared_preload_libraries = 'pg_stat_statements'"))
            await load.ExecuteNonQueryAsync(cancellationToken);
        source.Clear();
        await postgres.StopAsync(cancellationToken);
        await postgres.StartAgainAsync(cancellationToken);
        await using var extension = source.CreateCommand("create extension pg_stat_statements");
        await extension.ExecuteNonQueryAsync(cancellationToken);
        return true;
    }
}
