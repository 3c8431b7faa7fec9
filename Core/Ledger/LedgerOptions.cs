namespace FunctionsApp.Core.Ledger;

/// <summary>The settings under <c>Ledger</c>.</summary>
public sealed class LedgerOptions : ISettings
{
    /// <summary>How many files one user may upload and import at once, in one process. More get 429.</summary>
    public int ImportsPerUser { get; set; } = 2;

    /// <summary>How many exports one user may download at once, from one process. More get 429.</summary>
    public int ExportsPerUser { get; set; } = 2;

    /// <summary>
    /// How many uploaded files one process writes to the database at once, at most: fewer if there are not more connections for long work
    /// (<see cref="Database.PoolSizes"/>), of which one is left. Each uses one connection; the others wait without one.
    /// </summary>
    public int Imports { get; set; } = 3;

    /// <summary>The folder in which uploads are kept until they are complete. Null: the system's folder for temporary files.</summary>
    public string? SpoolFolder { get; set; }

    /// <summary>The maximum size of all uploads that one process keeps there at once, in bytes. More get 503.</summary>
    public long SpoolSize { get; set; } = 1L << 30;

    /// <summary><see cref="SpoolFolder"/>, or its default.</summary>
    internal string EffectiveSpoolFolder => string.IsNullOrEmpty(SpoolFolder) ? Path.GetTempPath() : SpoolFolder;

    /// <exception cref="ConfigurationException">A setting is out of range, or the folder does not exist or cannot be written
    /// to.</exception>
    public void Check()
    {
        Require(ImportsPerUser is >= 1 and <= 100, nameof(ImportsPerUser), "must be 1 to 100");
        Require(ExportsPerUser is >= 1 and <= 100, nameof(ExportsPerUser), "must be 1 to 100");
        Require(Imports is >= 1 and <= 100, nameof(Imports), "must be 1 to 100");
        Require(SpoolSize >= 1 << 20, nameof(SpoolSize), "must be 1048576 bytes (1 MiB) or more");
        try
        {
            using var file = UploadSpool.CreateFile(EffectiveSpoolFolder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ConfigurationException(
                $"Ledger__SpoolFolder: no file can be created in '{EffectiveSpoolFolder}': {e.Message} Set it to a folder that the "
                    + "process may write to.",
                e
            );
        }
    }

    static void Require(bool holds, string name, string rule) => ConfigurationException.Require(holds, $"Ledger__{name}", rule);
}
