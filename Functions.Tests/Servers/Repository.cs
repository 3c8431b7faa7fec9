namespace FunctionsApp.Functions.Tests.Servers;

/// <summary>The source code under test.</summary>
public static class Repository
{
    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    static string Find(DirectoryInfo folder) =>
        File.Exists(Path.Combine(folder.FullName, "FunctionsApp.sln"))
            ? folder.FullName
            : Find(folder.Parent ?? throw new InvalidOperationException("The tests are not inside the repository."));
}
