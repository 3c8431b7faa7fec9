using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace FunctionsApp.LocalPostgres;

/// <summary>A lock that processes hold on a file; the system releases it when the process ends.</summary>
internal sealed class FileLock : IDisposable
{
    // Another process may be downloading the programs over a slow connection.
    static readonly TimeSpan timeout = TimeSpan.FromMinutes(10);
    readonly FileStream stream;

    FileLock(FileStream stream) => this.stream = stream;

    /// <summary>Null when another process holds it exclusively.</summary>
    public static FileLock? TryShared(string path) => Try(path, FileAccess.Read, FileShare.Read);

    /// <summary>Null when another process holds it.</summary>
    public static FileLock? TryExclusive(string path) => Try(path, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Waits for its turn.</summary>
    /// <exception cref="LocalPostgresException">Ten minutes have passed, or the file may not be opened.</exception>
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
                logger.LogInformation("Waiting for another process that starts or stops Postgres ({Lock})", path);
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
        catch (IOException e) when (HeldByAnother(e))
        {
            return null;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new LocalPostgresException(
                $"{path} may not be opened by {Environment.UserName}. Run as the user who started Postgres in this folder first, or "
                    + "use another folder.",
                e
            );
        }
    }

    // EWOULDBLOCK of Linux and of macOS, ERROR_SHARING_VIOLATION of Windows.
    static bool HeldByAnother(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);
}
