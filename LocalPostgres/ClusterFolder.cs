using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace FunctionsApp.LocalPostgres;

/// <summary>What is where in the folder of one private Postgres.</summary>
internal sealed class ClusterFolder(string path)
{
    const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    const UnixFileMode everybodyReads = ownerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    const UnixFileMode everybodyEnters = everybodyReads | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public string Path { get; } = path;
    public string Data => In("data");

    public string Log => In("postgres.log");
    public string PasswordFile => In("password");
    public string PidFile => System.IO.Path.Combine(Data, "postmaster.pid");
    public string SettingsFile => System.IO.Path.Combine(Data, ServerSettings.FileName);

    /// <summary>Held while deciding, initializing, starting and stopping.</summary>
    public string StartLock => In("start.lock");

    /// <summary>Shared by every process that uses the server.</summary>
    public string UsersLock => In("users.lock");

    /// <summary>The full path without symbolic links, so that two ways to one folder are one.</summary>
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
    /// The folder that was asked for, or, under root, a stand-in below /var/lib when the server's account cannot reach that one.
    /// A stand-in that has data stays in use.
    /// </summary>
    public static async Task<ClusterFolder> ForAsync(
        string wanted,
        ServerAccount account,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        var folder = new ClusterFolder(Canonical(wanted));
        if (!account.IsOther)
            return folder;

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder.Path)).AsSpan(0, 8));
        var standIn = new ClusterFolder($"/var/lib/functionsapp/{hash}");
        var reached = await account.ReachesAsync(folder.Path, cancellationToken);
        if (reached && (Directory.Exists(folder.Data) || !Directory.Exists(standIn.Data)))
            return folder;

        logger.LogInformation(
            "{Account}, who runs Postgres for root, cannot reach {Folder}: its data is in {StandIn}",
            account.Name,
            folder.Path,
            standIn.Path
        );
        return standIn;
    }

    /// <summary>Makes the folder; under root so that the server's account can enter it.</summary>
    /// <exception cref="LocalPostgresException">It cannot be made.</exception>
    public static void Make(string path)
    {
        try
        {
            if (Directory.Exists(path))
                return;
            if (System.IO.Path.GetDirectoryName(path) is { } parent)
                Make(parent);
            Directory.CreateDirectory(path);
            if (!OperatingSystem.IsWindows() && ServerAccount.ProcessIsRoot)
                File.SetUnixFileMode(path, everybodyEnters);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LocalPostgresException(
                $"The folder {path} for the local Postgres cannot be made: {e.Message} Use another folder, or set "
                    + "ConnectionStrings__Postgres.",
                e
            );
        }
    }

    /// <summary>Null when there is no data.</summary>
    /// <exception cref="LocalPostgresException">There is data that is not of our making.</exception>
    public string? DataOwner()
    {
        if (!Directory.Exists(Data))
            return null;

        var marker = OwnerFileIn(Data);
        return File.Exists(marker)
            ? File.ReadAllText(marker).Trim()
            : throw new LocalPostgresException(
                $"{Data} has no file {System.IO.Path.GetFileName(marker)}, so it is not this program's data. Move it away, or use "
                    + "another folder."
            );
    }

    /// <summary>The major version of Postgres that made the data; null when there is no data.</summary>
    public int? DataMajor()
    {
        var file = System.IO.Path.Combine(Data, "PG_VERSION");
        return File.Exists(file) ? int.Parse(File.ReadAllText(file).Trim(), CultureInfo.InvariantCulture) : null;
    }

    /// <summary>A new name to initialize under: an initdb that outlived its killed parent may still write to an earlier one.</summary>
    public string NewUnfinishedData() => In($"data.unfinished-{Guid.CreateVersion7():N}");

    /// <summary>What initializations left that were killed.</summary>
    public IEnumerable<string> AbandonedData() => Directory.GetDirectories(Path, "data.unfinished-*");

    /// <summary>The last step of initializing: from here on there is data.</summary>
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

    /// <exception cref="LocalPostgresException">The file is gone.</exception>
    public string Password() =>
        File.Exists(PasswordFile)
            ? File.ReadAllText(PasswordFile).Trim()
            : throw new LocalPostgresException(
                $"""
                The password of the database in {Path} is lost: {PasswordFile} is not there.
                Put it back, or move {Path} away to start with an empty database.
                """
            );

    public void NewPassword()
    {
        File.Delete(PasswordFile);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = ownerOnly;
        using var file = new FileStream(PasswordFile, options);
        file.Write(Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(32, lowercase: true)));
    }

    public void WriteSettings(string settings)
    {
        File.WriteAllText(SettingsFile, settings);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(SettingsFile, everybodyReads);
    }

    public long LogLength => File.Exists(Log) ? new FileInfo(Log).Length : 0;

    /// <summary>The last lines that were written after <paramref name="from"/> bytes.</summary>
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
