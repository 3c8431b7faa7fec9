using Microsoft.Extensions.Logging;

namespace FunctionsApp.LocalPostgres;

/// <summary>Creates and deletes this user's temporary Postgres folders, including those that killed processes left behind.</summary>
internal sealed class TemporaryClusters(string home, ILogger logger)
{
    OrphanGuard? guard;

    string Lock => Path.Combine(home, "sweep.lock");

    /// <summary>Uses the system's temporary folder, or one that the server's account can access.</summary>
    public static async Task<TemporaryClusters> ForAsync(ServerAccount account, ILogger logger, CancellationToken cancellationToken)
    {
        var shared = ClusterFolder.Canonical(Path.Combine(Path.GetTempPath(), "functionsapp-tests"));
        if (!await account.CanAccessAsync(shared, cancellationToken))
            shared = "/var/lib/functionsapp/tests";
        if (!OperatingSystem.IsWindows() && !Directory.Exists(shared))
        {
            // With the permissions of /tmp: tests of other users create their folders next to ours.
            ClusterFolder.Create(shared);
            File.SetUnixFileMode(shared, (UnixFileMode)0b1_111_111_111);
        }

        return new TemporaryClusters(Path.Combine(shared, Environment.UserName), logger);
    }

    /// <summary>Cleans up, and creates a new folder.</summary>
    /// <returns>The folder and a lock on it, which prevents other processes from cleaning it up.</returns>
    public async Task<(ClusterFolder Folder, FileLock Hold)> NewAsync(
        PostgresPrograms programs,
        ServerAccount account,
        CancellationToken cancellationToken
    )
    {
        ClusterFolder.Create(home);
        using var turn = await FileLock.ExclusiveAsync(Lock, logger, cancellationToken);
        foreach (var path in Directory.GetDirectories(home))
        {
            try
            {
                await CleanUpAsync(new ClusterFolder(path), programs, account, cancellationToken);
            }
            catch (IOException) when (!Directory.Exists(path))
            {
                // Its own guard has deleted it.
            }
        }

        var folder = new ClusterFolder(Path.Combine(home, $"{Guid.CreateVersion7():N}"));
        ClusterFolder.Create(folder.Path);
        guard = OrphanGuard.OfFolder(folder.Path);
        return (folder, FileLock.TryShared(folder.UsersLock)!);
    }

    /// <summary>Deletes the folder of a stopped server.</summary>
    public async Task DestroyAsync(ClusterFolder folder)
    {
        using var turn = await FileLock.ExclusiveAsync(Lock, logger, CancellationToken.None);
        Delete(folder);
        guard?.Dispose();
    }

    async Task CleanUpAsync(ClusterFolder folder, PostgresPrograms programs, ServerAccount account, CancellationToken cancellationToken)
    {
        using (var last = FileLock.TryExclusive(folder.UsersLock))
        {
            if (last is null)
                return;

            logger.LogInformation("Deleting {Folder}, which a killed process left behind", folder.Path);
            try
            {
                if (folder.DataOwner() is { } owner)
                {
                    var owners = await account.ForDataOfAsync(owner, cancellationToken);
                    var server = new Server(folder, programs, owners, new LocalPostgresOptions { Folder = folder.Path }, logger);
                    await server.StopAsync("immediate", cancellationToken);
                }
            }
            catch (LocalPostgresException e)
            {
                logger.LogWarning("{Folder} is kept: {Reason}", folder.Path, e.Message);
                return;
            }
        }

        Delete(folder);
    }

    void Delete(ClusterFolder folder)
    {
        try
        {
            Directory.Delete(folder.Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A process of the stopping server still has a file open; the next cleanup deletes the folder.
            logger.LogWarning("{Folder} cannot be deleted now; this is retried on a later start: {Reason}", folder.Path, e.Message);
        }
    }
}
