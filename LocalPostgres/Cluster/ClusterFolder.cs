using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace FunctionsApp.LocalPostgres;

/// <summary>The folder layout of a private Postgres.</summary>
internal sealed class ClusterFolder(string path)
{
    const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    const UnixFileMode readableByAll = ownerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    const UnixFileMode accessibleToAll = readableByAll | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public string Path { get; } = path;
    public string Data => In("data");

    public string Log => In("postgres.log");
    public string PasswordFile => In("password");
    public string PidFile => System.IO.Path.Combine(Data, "postmaster.pid");
    public string SettingsFile => System.IO.Path.Combine(Data, ServerSettings.FileName);

    /// <summary>Held while the server is initialized, started or stopped.</summary>
    public string StartLock => In("start.lock");

    /// <summary>Shared by every process that uses the server.</summary>
    public string UsersLock => In("users.lock");

    /// <summary>The full path without symbolic links, so that each folder has exactly one path.</summary>
    public static string Canonical(string path)
    {
        var full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        var parent = System.IO.Path.GetDirectoryName(full);
        if (parent is null)
            return full;

        var here = System.IO.Path.Combine(Canonical(parent), System.IO.Path.GetFileName(full));
        return Directory.Exists(here) && Directory.ResolveLinkTarget(here, returnFinalTarget: true) is { } target
            ? Canonical(target.FullName)
            : here;
    }

    /// <summary>
    /// The requested folder, or, under root, a substitute below /var/lib if the server's account cannot access that folder. A substitute
    /// that contains data remains in use.
    /// </summary>
    public static async Task<ClusterFolder> ForAsync(
        string path,
        ServerAccount account,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        var folder = new ClusterFolder(Canonical(path));
        if (!account.IsOther)
            return folder;

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder.Path)).AsSpan(0, 8));
        var substitute = new ClusterFolder($"/var/lib/functionsapp/{hash}");
        var accessible = await account.CanAccessAsync(folder.Path, cancellationToken);
        if (accessible && (Directory.Exists(folder.Data) || !Directory.Exists(substitute.Data)))
            return folder;

        logger.LogInformation(
            "{Account}, the account that runs Postgres under root, cannot access {Folder}: the data is in {Substitute}",
            account.Name,
            folder.Path,
            substitute.Path
        );
        return substitute;
    }

    /// <summary>Creates the folder; under root, the server's account can access it.</summary>
    /// <exception cref="LocalPostgresException">The folder cannot be created.</exception>
    public static void Create(string path)
    {
        try
        {
            if (Directory.Exists(path))
                return;
            if (System.IO.Path.GetDirectoryName(path) is { } parent)
                Create(parent);
            Directory.CreateDirectory(path);
            if (!OperatingSystem.IsWindows() && ServerAccount.ProcessIsRoot)
                File.SetUnixFileMode(path, accessibleToAll);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LocalPostgresException(
                $"The folder {path} for the local Postgres cannot be created: {e.Message} Use another folder, or set "
                    + "ConnectionStrings__Postgres.",
                e
            );
        }
    }

    /// <summary>The account that owns the data; null if there is no data.</summary>
    /// <exception cref="LocalPostgresException">The data was not created by this program.</exception>
    public string? DataOwner()
    {
        if (!Directory.Exists(Data))
            return null;

        var marker = OwnerFileIn(Data);
        return File.Exists(marker)
            ? File.ReadAllText(marker).Trim()
            : throw new LocalPostgresException(
                $"{Data} has no file {System.IO.Path.GetFileName(marker)}, so it was not created by this program. Move it away, or use "
                    + "another folder."
            );
    }

    /// <summary>The major version of Postgres that created the data; null if there is no data.</summary>
    public int? DataMajor()
    {
        var file = System.IO.Path.Combine(Data, "PG_VERSION");
        return File.Exists(file) ? int.Parse(File.ReadAllText(file).Trim(), CultureInfo.InvariantCulture) : null;
    }

    /// <summary>A new folder to initialize in: an initdb that survived its killed parent may still be writing to an earlier one.</summary>
    public string NewUnfinishedData() => In($"data.unfinished-{Guid.CreateVersion7():N}");

    /// <summary>The leftovers of killed initializations.</summary>
    public IEnumerable<string> AbandonedData() => Directory.GetDirectories(Path, "data.unfinished-*");

    /// <summary>Completes the initialization.</summary>
    public void FinishData(string unfinished, string owner)
    {
        File.WriteAllText(OwnerFileIn(unfinished), owner);
        Directory.Move(unfinished, Data);
    }

    public int? Port
    {
        get =>
            File.Exists(In("port")) && int.TryParse(File.ReadAllText(In("port")), CultureInfo.InvariantCulture, out var port) ? port : null;
        set => File.WriteAllText(In("port"), value?.ToString(CultureInfo.InvariantCulture));
    }

    /// <exception cref="LocalPostgresException">The file is missing.</exception>
    public string Password() =>
        File.Exists(PasswordFile)
            ? File.ReadAllText(PasswordFile).Trim()
            : throw new LocalPostgresException(
                $"""
                The password of the database in {Path} is lost: {PasswordFile} does not exist.
                Restore the file, or move {Path} away to start with an empty database.
                """
            );

    public void NewPassword() => WritePassword(RandomNumberGenerator.GetHexString(32, lowercase: true));

    /// <summary>Takes over the password of another cluster, with its data.</summary>
    public void CopyPassword(ClusterFolder source) => WritePassword(source.Password());

    void WritePassword(string password)
    {
        File.Delete(PasswordFile);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = ownerOnly;
        using var file = new FileStream(PasswordFile, options);
        file.Write(Encoding.ASCII.GetBytes(password));
    }

    public void WriteSettings(string settings)
    {
        File.WriteAllText(SettingsFile, settings);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(SettingsFile, readableByAll);
    }

    public long LogLength => File.Exists(Log) ? new FileInfo(Log).Length : 0;

    /// <summary>The last lines after the first <paramref name="from"/> bytes.</summary>
    public string LogTail(long from)
    {
        if (!File.Exists(Log))
            return "";

        using var stream = new FileStream(Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        stream.Position = Math.Max(Math.Min(from, stream.Length), stream.Length - 64 * 1024);
        using var reader = new StreamReader(stream);
        return string.Join(Environment.NewLine, reader.ReadToEnd().TrimEnd().Split('\n').TakeLast(25).Select(line => line.TrimEnd('\r')));
    }

    string In(string name) => System.IO.Path.Combine(Path, name);

    static string OwnerFileIn(string data) => System.IO.Path.Combine(data, "functionsapp.owner");
}
