using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace FunctionsApp.LocalPostgres;

/// <summary>A lock on a file between processes; the system releases it when its process ends.</summary>
internal sealed class FileLock : IDisposable
{
    // Another process may be downloading the programs over a slow connection.
    static readonly TimeSpan timeout = TimeSpan.FromMinutes(10);
    readonly FileStream stream;

    FileLock(FileStream stream) => this.stream = stream;

    /// <summary>Null if another process holds the lock exclusively.</summary>
    public static FileLock? TryShared(string path) => Try(path, FileAccess.Read, FileShare.Read);

    /// <summary>Null if another process holds the lock.</summary>
    public static FileLock? TryExclusive(string path) => Try(path, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Waits for the lock.</summary>
    /// <exception cref="LocalPostgresException">The wait took more than ten minutes, or access to the file is denied.</exception>
    public static async Task<FileLock> ExclusiveAsync(string path, ILogger logger, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var reported = false;
        while (true)
        {
            if (TryExclusive(path) is { } taken)
                return taken;
            if (clock.Elapsed > timeout)
                throw new LocalPostgresException(
                    $"Another process has held {path} for {timeout.TotalMinutes:0} minutes. Stop that process and start again."
                );
            if (!reported && clock.Elapsed > TimeSpan.FromSeconds(2))
            {
                logger.LogInformation("Waiting for another process that is starting or stopping Postgres ({Lock})", path);
                reported = true;
            }

            await Task.Delay(10, cancellationToken);
        }
    }

    public void Dispose() => stream.Dispose();

    static FileLock? Try(string path, FileAccess access, FileShare share)
    {
        try
        {
            return new FileLock(new FileStream(path, FileMode.OpenOrCreate, access, share, bufferSize: 1));
        }
        catch (IOException e) when (IsHeldByAnother(e))
        {
            return null;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new LocalPostgresException(
                $"{Environment.UserName} has no access to {path}. Run as the user who first started Postgres in this folder, or "
                    + "use another folder.",
                e
            );
        }
    }

    // EWOULDBLOCK on Linux and on macOS, ERROR_SHARING_VIOLATION on Windows.
    static bool IsHeldByAnother(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);
}
