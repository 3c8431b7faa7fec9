namespace FunctionsApp.LoadTest.Commands;

/// <summary>Checks, before minutes of load, that its results can be written.</summary>
static class Storage
{
    // The targets and the raw results of an attack, which are deleted after it, and a database of its own.
    const long FreeSpaceNeeded = 1L << 30;

    /// <summary>Creates a folder if there is none.</summary>
    /// <param name="setting">What names another folder, such as an option.</param>
    /// <exception cref="LoadTestException">It cannot be written to, or has too little space.</exception>
    public static void CheckFolder(string folder, string setting)
    {
        long free;
        try
        {
            Directory.CreateDirectory(folder);
            File.Create(Path.Combine(folder, Path.GetRandomFileName()), 1, FileOptions.DeleteOnClose).Dispose();
            free = new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LoadTestException($"The folder {folder} cannot be used: {e.Message} Give another folder with {setting}.", e);
        }

        if (free < FreeSpaceNeeded)
        {
            throw new LoadTestException(
                $"Attacks and their results need {FreeSpaceNeeded >> 20} MiB of free space, but {folder} has only {free >> 20} MiB. "
                    + $"Free some space, or give another folder with {setting}."
            );
        }
    }

    /// <summary>The same for the folder of temporary files.</summary>
    /// <exception cref="LoadTestException">It cannot be written to, or has too little space.</exception>
    public static void CheckTemporaryFolder() => CheckFolder(Path.GetTempPath(), "TMPDIR");

    /// <summary>Checks a file, which is created if it does not exist.</summary>
    /// <param name="option">The option that names it.</param>
    /// <exception cref="LoadTestException">It cannot be written.</exception>
    public static void CheckFile(string option, string file)
    {
        try
        {
            File.Open(file, FileMode.OpenOrCreate, FileAccess.Write).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new LoadTestException($"{option} {file} cannot be written: {e.Message}", e);
        }
    }
}
