using Microsoft.Extensions.Logging;

namespace FunctionsApp.LocalPostgres;

/// <summary>
/// A copy of a server's data (<c>pg_basebackup</c>) in the system's temporary folder, to be started as a standby or to restore a point in
/// time. For tests.
/// </summary>
public sealed class LocalPostgresCopy
{
    readonly ClusterFolder folder;
    readonly FileLock hold;
    readonly TemporaryClusters temporary;
    readonly ServerAccount account;
    readonly PostgresPrograms programs;
    readonly ILogger logger;

    LocalPostgresCopy(
        ClusterFolder folder,
        FileLock hold,
        TemporaryClusters temporary,
        ServerAccount account,
        PostgresPrograms programs,
        ILogger logger
    ) =>
        (this.folder, this.hold, this.temporary, this.account, this.programs, this.logger) = (
            folder,
            hold,
            temporary,
            account,
            programs,
            logger
        );

    internal static async Task<LocalPostgresCopy> MakeAsync(
        ClusterFolder source,
        int port,
        PostgresPrograms programs,
        string? standby,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        var account = await ServerAccount.ForNewDataAsync(cancellationToken);
        var temporary = await TemporaryClusters.ForAsync(account, logger, cancellationToken);
        var (folder, hold) = await temporary.NewAsync(programs, account, cancellationToken);
        folder.CopyPassword(source);
        var passwords = Path.Combine(folder.Path, "pgpass");
        await File.WriteAllTextAsync(passwords, $"*:*:*:{ClusterInitialization.User}:{source.Password()}\n", cancellationToken);
        var data = folder.NewUnfinishedData();
        ClusterFolder.Create(data);
        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            File.SetUnixFileMode(passwords, OwnerOnly);
            File.SetUnixFileMode(data, OwnerOnly | UnixFileMode.UserExecute);
        }

        await account.ChangeOwnerAsync([data, passwords], cancellationToken);
        var server = $"host=127.0.0.1 port={port} user={ClusterInitialization.User} passfile={passwords} application_name={standby}";
        var backup = account.Command(
            programs.PgBaseBackup ?? throw new LocalPostgresException($"{programs.Folder} has no pg_basebackup. Install Postgres."),
            [
                "--pgdata",
                data,
                "--dbname",
                server,
                "--checkpoint=fast",
                "--no-sync",
                .. standby is null ? Array.Empty<string>() : ["--write-recovery-conf", "--create-slot", "--slot", standby],
            ]
        );
        var result = await backup.RunAsync(cancellationToken);
        if (!result.Succeeded)
            throw new LocalPostgresException($"pg_basebackup of {source.Path} failed: {result.LastLines(5)}");
        folder.FinishData(data, account.Name);
        return new(folder, hold, temporary, account, programs, logger);
    }

    /// <summary>Starts a server on the copy. Its data does not survive a crash of the machine or its disposal.</summary>
    /// <param name="settings">Further postgresql.conf settings by name.</param>
    /// <param name="recover">Whether to restore WAL from the archive until the <c>recovery_target_…</c> in the settings.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="LocalPostgresException">It does not start.</exception>
    public async Task<LocalPostgresServer> StartAsync(
        IReadOnlyDictionary<string, string> settings,
        bool recover,
        CancellationToken cancellationToken
    )
    {
        if (recover)
            await File.WriteAllTextAsync(Path.Combine(folder.Data, "recovery.signal"), "", cancellationToken);
        var options = new LocalPostgresOptions
        {
            Folder = folder.Path,
            Durable = false,
            Settings = settings,
        };
        return await LocalPostgresServer.OpenAsync(folder, options, account, hold, programs, temporary, logger, cancellationToken);
    }
}
