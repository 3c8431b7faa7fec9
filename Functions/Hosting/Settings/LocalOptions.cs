using FunctionsApp.Core;
using FunctionsApp.LocalPostgres;

namespace FunctionsApp.Functions.Hosting;

/// <summary>The settings of section <c>Local</c>: the private Postgres of a development machine.</summary>
public sealed class LocalOptions : ISettings
{
    /// <summary>
    /// The data folder. A relative path starts at the solution's folder or, outside a solution, at the program's folder.
    /// </summary>
    public string Folder { get; set; } = ".local";

    /// <summary>Where the Postgres programs come from.</summary>
    public PostgresSource Postgres { get; set; } = PostgresSource.Any;

    public void Check() => ConfigurationException.Require(Folder.Trim().Length > 0, "Local__Folder", "must be a folder, such as .local");

    /// <summary><see cref="Folder"/> as a full path, regardless of the working directory.</summary>
    public string FullFolder() => Path.GetFullPath(Folder, Root());

    static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (folder.EnumerateFiles("*.sln").Any() || folder.EnumerateFiles("*.slnx").Any())
                return folder.FullName;
        }

        return AppContext.BaseDirectory;
    }
}
