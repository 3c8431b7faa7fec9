using Microsoft.Extensions.Logging;

namespace FunctionsApp.LocalPostgres;

/// <summary>The temporary private Postgres folders of this user: made, destroyed, and swept away when a killed process left them.</summary>
internal sealed class TemporaryClusters(string home, ILogger logger)
{
    OrphanGuard? guard;

    string Lock => Path.Combine(home, "sweep.lock");

    /// <summary>Below the system's temporary folder, or where the server's account can reach.</summary>
    public static async Task<TemporaryClusters> ForAsync(ServerAccount account, ILogger logger, CancellationToken cancellationToken)
    {
        var everybodys = ClusterFolder.Canonical(Path.Combine(Path.GetTempPath(), "functionsapp-tests"));
        if (!await account.ReachesAsync(everybodys, cancellationToken))
            everybodys = "/var/lib/functionsapp/tests";
        if (!OperatingSystem.IsWindows() && !Directory.Exists(everybodys))
        {
            // As /tmp itself: another user's tests make their folder beside ours.
            ClusterFolder.Make(everybodys);
            File.SetUnixFileMode(everybodys, (UnixFileMode)0b1_111_111_111);
        }

        return new TemporaryClusters(Path.Combine(everybodys, Environment.UserName), logger);
    }

    /// <summary>A new folder, after a sweep.</summary>
    /// <returns>The folder and a hold on it, which keeps other processes from sweeping it away.</returns>
    public async Task<(ClusterFolder Folder, FileLock Hold)> NewAsync(
        PostgresPrograms programs,
        ServerAccount account,
        CancellationToken cancellationToken
    )
    {
        ClusterFolder.Make(home);
        using var turn = await FileLock.ExclusiveAsync(Lock, logger, cancellationToken);
        foreach (var path in Directory.GetDirectories(home))
        {
            try
            {
                await SweepAsync(new ClusterFolder(path), programs, account, cancellationToken);
            }
            catch (IOException) when (!Directory.Exists(path))
            {
                // Its own guard was faster.
            }
        }

        var folder = new ClusterFolder(Path.Combine(home, $"{Guid.CreateVersion7():N}"));
        ClusterFolder.Make(folder.Path);
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

    async Task SweepAsync(ClusterFolder folder, PostgresPrograms programs, ServerAccount account, CancellationToken cancellationToken)
    {
        using (var last = FileLock.TryExclusive(folder.UsersLock))
        {
            if (last is null)
                return;

            logger.LogInformation("Sweeping away {Folder}, which a killed process left", folder.Path);
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
                logger.LogWarning("{Folder} stays: {Reason}", folder.Path, e.Message);
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
            // A dying program of the server's still has a file there; the next sweep finds the folder.
            logger.LogWarning("{Folder} cannot be deleted now and will be at a later start: {Reason}", folder.Path, e.Message);
        }
    }
}
