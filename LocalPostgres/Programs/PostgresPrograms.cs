using System.ComponentModel;
using System.Text.RegularExpressions;

namespace FunctionsApp.LocalPostgres;

/// <summary>A folder with <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c> of the same version.</summary>
/// <param name="Folder">The folder of the programs.</param>
/// <param name="Version">The version that Postgres reports, such as <c>18.4</c>.</param>
public sealed partial record PostgresPrograms(string Folder, string Version)
{
    internal const int OldestMajor = 15;
    internal const int NewestMajor = 18;

    /// <summary>The major version, such as 18, which determines the data format.</summary>
    public int Major { get; } = int.Parse(MajorPattern().Match(Version).Value, System.Globalization.CultureInfo.InvariantCulture);

    internal bool Supported => Major is >= OldestMajor and <= NewestMajor;
    internal string Initdb => ProgramIn(Folder, "initdb");
    internal string PgCtl => ProgramIn(Folder, "pg_ctl");

    /// <summary>
    /// <c>pg_basebackup</c>, beside the programs or, if those are symbolic links, beside their targets. Null if it is missing, as in the
    /// programs from npm.
    /// </summary>
    internal string? PgBaseBackup =>
        new[] { Folder, Path.GetDirectoryName(File.ResolveLinkTarget(PgCtl, returnFinalTarget: true)?.FullName) }
            .OfType<string>()
            .Select(folder => ProgramIn(folder, "pg_basebackup"))
            .FirstOrDefault(File.Exists);

    /// <summary>Null if one of the programs is missing in the folder.</summary>
    /// <exception cref="LocalPostgresException">The programs exist, but <paramref name="account"/> cannot run them.</exception>
    internal static async Task<PostgresPrograms?> InAsync(string folder, ServerAccount account, CancellationToken cancellationToken)
    {
        if (!Complete(folder))
            return null;

        var postgres = ProgramIn(folder, "postgres");
        ProgramResult result;
        try
        {
            result = await account.Command(postgres, ["--version"]).RunAsync(cancellationToken);
        }
        catch (Win32Exception e)
        {
            throw new LocalPostgresException($"{postgres} does not run: {e.Message}", e);
        }

        var version = VersionPattern().Match(result.Output);
        return version.Success
            ? new PostgresPrograms(folder, version.Groups[1].Value)
            : throw new LocalPostgresException(
                $"{postgres} --version{account.Suffix} exited with code {result.ExitCode}: {result.Output.Trim()}"
            );
    }

    internal static bool Complete(string folder) =>
        File.Exists(ProgramIn(folder, "initdb")) && File.Exists(ProgramIn(folder, "pg_ctl")) && File.Exists(ProgramIn(folder, "postgres"));

    static string ProgramIn(string folder, string name) => Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name);

    [GeneratedRegex(@"^\d+", RegexOptions.NonBacktracking)]
    private static partial Regex MajorPattern();

    [GeneratedRegex(@"\(PostgreSQL\) (\d+\S*)", RegexOptions.NonBacktracking)]
    private static partial Regex VersionPattern();
}
