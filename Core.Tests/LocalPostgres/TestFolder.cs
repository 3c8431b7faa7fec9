using FunctionsApp.LocalPostgres;

namespace FunctionsApp.Core.Tests.LocalPostgres;

/// <summary>A folder for one test, which deletes it afterwards.</summary>
sealed class TestFolder : IDisposable
{
    readonly OrphanGuard? guard;

    public TestFolder(string? below = null)
    {
        Path = System.IO.Path.Combine(below ?? System.IO.Path.GetTempPath(), $"functionsapp-test-{Guid.NewGuid():N}");
        Directory.CreateDirectory(Path);
        guard = OrphanGuard.OfFolder(Path);
    }

    public string Path { get; }

    public string In(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        Directory.Delete(Path, recursive: true);
        guard?.Dispose();
    }
}
