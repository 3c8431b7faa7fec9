using System.Runtime.InteropServices;

namespace FunctionsApp.Benchmark.Subject;

/// <summary>
/// The server as it is deployed: published, and compiled ahead of time (ReadyToRun) if the compiler's package is available.
/// </summary>
/// <param name="Note">A note for readers of the table about deviations, or null.</param>
sealed record Publication(string Folder, string? Note)
{
    public string Program =>
        ExternalProgram.In(Folder, "Functions") ?? throw new BenchmarkException($"There is no published server in {Folder}.");

    /// <exception cref="BenchmarkException">The build failed.</exception>
    public static async Task<Publication> MakeAsync(string folder, CancellationToken cancellationToken)
    {
        try
        {
            await PublishAsync(folder, ["-p:PublishReadyToRun=true"], cancellationToken);
            return new(folder, null);
        }
        // NU1101 and NU1102: no such package, no such version. NETSDK1094: no compiler for this platform.
        catch (BenchmarkException e)
            when (e.Message.Contains("crossgen", StringComparison.OrdinalIgnoreCase)
                || e.Message.Contains("NETSDK1094", StringComparison.Ordinal)
            )
        {
            await PublishAsync(folder, [], cancellationToken);
            return new(
                folder,
                "Published without ReadyToRun, whose compiler (microsoft.netcore.app.crossgen2) could not be restored: the start is "
                    + "slower than it would be."
            );
        }
    }

    static Task PublishAsync(string folder, string[] more, CancellationToken cancellationToken) =>
        new ExternalProgram(
            "dotnet",
            [
                "publish",
                Path.Combine(Repository(), "Functions"),
                "-c",
                "Release",
                "-r",
                RuntimeInformation.RuntimeIdentifier,
                "--self-contained",
                "false",
                "-o",
                folder,
                // The style is checked with the solution.
                "-p:RunAnalyzers=false",
                "-v",
                "quiet",
                "--nologo",
                .. more,
            ]
        ).RunAsync(cancellationToken);

    /// <summary>The root of the repository from which the benchmark runs.</summary>
    /// <exception cref="BenchmarkException">It does not run from inside one.</exception>
    public static string Repository()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "FunctionsApp.sln")))
                return folder;
        }

        throw new BenchmarkException(
            "The benchmark does not run from inside its repository, so it does not know what to publish. Give a published server with "
                + "--published."
        );
    }
}
