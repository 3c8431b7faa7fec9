using System.Globalization;
using System.Text.RegularExpressions;

namespace FunctionsApp.LocalPostgres;

/// <summary>The folders in which Postgres may be installed on this machine, in order of preference.</summary>
internal static partial class MachinePrograms
{
    public static IEnumerable<string> Folders() => SearchPath.Folders.Concat(Installations()).Distinct();

    static IEnumerable<string> Installations()
    {
        if (OperatingSystem.IsWindows())
            return Versions(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL"), "*", "bin");

        if (OperatingSystem.IsMacOS())
        {
            return
            [
                .. Versions("/opt/homebrew/opt", "postgresql@*", "bin"),
                "/opt/homebrew/opt/postgresql/bin",
                .. Versions("/usr/local/opt", "postgresql@*", "bin"),
                "/usr/local/opt/postgresql/bin",
                .. Versions("/Applications/Postgres.app/Contents/Versions", "*", "bin"),
            ];
        }

        // The locations on Debian and Alpine, and of the Postgres project's RPMs.
        return
        [
            .. Versions("/usr/lib/postgresql", "*", "bin"),
            .. Versions("/usr/libexec", "postgresql*", ""),
            .. Versions("/usr", "pgsql-*", "bin"),
        ];
    }

    static IEnumerable<string> Versions(string parent, string pattern, string below) =>
        Directory.Exists(parent)
            ? Directory.GetDirectories(parent, pattern).OrderByDescending(VersionOf).Select(folder => Path.Combine(folder, below))
            : [];

    static decimal VersionOf(string folder) =>
        decimal.TryParse(Number().Match(Path.GetFileName(folder)).Value, CultureInfo.InvariantCulture, out var version) ? version : 0;

    [GeneratedRegex(@"\d+(\.\d+)?$", RegexOptions.NonBacktracking)]
    private static partial Regex Number();
}
