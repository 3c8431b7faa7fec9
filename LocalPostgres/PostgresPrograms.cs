using System.ComponentModel;
using System.Text.RegularExpressions;

namespace FunctionsApp.LocalPostgres;

/// <summary>A folder with <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c> of one version.</summary>
/// <param name="Folder">The folder of the programs.</param>
/// <param name="Version">As Postgres says it, for example <c>18.4</c>.</param>
public sealed partial record PostgresPrograms(string Folder, string Version)
{
    internal const int OldestMajor = 15;
    internal const int NewestMajor = 18;

    /// <summary>The part of the version that data depends on, for example 18.</summary>
    public int Major { get; } = int.Parse(MajorPattern().Match(Version).Value, System.Globalization.CultureInfo.InvariantCulture);

    internal bool Supported => Major is >= OldestMajor and <= NewestMajor;
    internal string Initdb => ProgramIn(Folder, "initdb");
    internal string PgCtl => ProgramIn(Folder, "pg_ctl");

    /// <summary>Null when the folder lacks one of the programs.</summary>
    /// <exception cref="LocalPostgresException">The programs are there and <paramref name="account"/> cannot run them.</exception>
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
                $"{postgres} --version{account.Suffix} ended with code {result.ExitCode} and said: {result.Output.Trim()}"
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
