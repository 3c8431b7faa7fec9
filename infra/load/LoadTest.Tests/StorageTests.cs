using FunctionsApp.LoadTest.Commands;

namespace FunctionsApp.LoadTest.Tests;

public sealed class StorageTests : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("functionsapp-storage-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void A_folder_is_created_and_stays_empty()
    {
        var results = Path.Combine(folder.FullName, "new", "results");

        Storage.CheckFolder(results, "--out");

        Assert.Empty(Directory.EnumerateFileSystemEntries(results));
    }

    [Fact]
    public void What_cannot_be_written_is_a_clear_failure()
    {
        var file = Path.Combine(folder.FullName, "file");
        File.WriteAllText(file, "kept");

        var unusable = Assert.Throws<LoadTestException>(() => Storage.CheckFolder(file, "--out"));
        Assert.EndsWith("Give another folder with --out.", unusable.Message, StringComparison.Ordinal);
        Assert.Throws<LoadTestException>(() => Storage.CheckFile("--json", folder.FullName));
        Assert.Throws<LoadTestException>(() => Storage.CheckFile("--json", Path.Combine(folder.FullName, "missing", "file")));
    }

    [Fact]
    public void A_file_that_can_be_written_keeps_its_content()
    {
        var file = Path.Combine(folder.FullName, "file");
        File.WriteAllText(file, "kept");

        Storage.CheckFile("--json", file);

        Assert.Equal("kept", File.ReadAllText(file));
    }
}
