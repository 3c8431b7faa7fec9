using Microsoft.Extensions.Logging;

namespace FunctionsApp.LocalPostgres;

/// <summary>Creates the data of a new private Postgres. If it is killed, the next initialization deletes the leftovers.</summary>
internal static class ClusterInitialization
{
    /// <summary>The superuser.</summary>
    public const string User = "functionsapp";

    /// <exception cref="LocalPostgresException">initdb failed; the message contains its output.</exception>
    public static async Task RunAsync(
        ClusterFolder folder,
        PostgresPrograms programs,
        ServerAccount account,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        foreach (var abandoned in folder.AbandonedData())
            Clear(abandoned, logger);

        logger.LogInformation("Creating a Postgres {Version} cluster in {Folder}", programs.Version, folder.Path);
        var data = folder.NewUnfinishedData();
        ClusterFolder.Create(data);
        try
        {
            folder.NewPassword();
            await account.ChangeOwnerAsync([data, folder.PasswordFile], cancellationToken);

            var initdb = account.Command(
                programs.Initdb,
                [
                    "--pgdata",
                    data,
                    "--username",
                    User,
                    "--pwfile",
                    folder.PasswordFile,
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--no-sync",
                    "--no-instructions",
                ]
            );
            var result = await initdb.RunAsync(cancellationToken);
            if (!result.Succeeded)
            {
                throw new LocalPostgresException(
                    $"""
                    {programs.Initdb}{account.Suffix} could not create a database in {folder.Path} (exit code {result.ExitCode}). Output:
                    {result.LastLines(20)}
                    Fix the cause, use another folder, or set ConnectionStrings__Postgres to your own database.
                    """
                );
            }

            await File.AppendAllTextAsync(
                Path.Combine(data, "postgresql.conf"),
                $"\ninclude_if_exists = '{ServerSettings.FileName}'\n",
                cancellationToken
            );
            folder.FinishData(data, account.Name);
        }
        catch
        {
            Clear(data, logger);
            throw;
        }
    }

    static void Clear(string unfinished, ILogger logger)
    {
        try
        {
            Directory.Delete(unfinished, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // An initdb that survived its killed parent is still writing there.
            logger.LogInformation("{Folder} cannot be deleted now; this is retried on a later start: {Reason}", unfinished, e.Message);
        }
    }
}
