namespace FunctionsApp.LocalPostgres;

/// <summary>The folders in the environment variable PATH.</summary>
internal static class SearchPath
{
    public static IReadOnlyList<string> Folders { get; } = Split(Environment.GetEnvironmentVariable("PATH"));

    public static IReadOnlyList<string> Split(string? path) =>
        [
            .. (path ?? "")
                .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Where(Path.IsPathRooted),
        ];

    /// <summary>Null if no folder contains the file.</summary>
    public static string? Find(string file, IEnumerable<string> folders) =>
        folders.Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);
}
