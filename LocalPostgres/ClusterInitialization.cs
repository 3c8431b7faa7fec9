using Microsoft.Extensions.Logging;

namespace FunctionsApp.LocalPostgres;

/// <summary>Makes the data of a new private Postgres. Killed half-way it leaves no data, only rubbish that the next one clears.</summary>
internal static class ClusterInitialization
{
    /// <summary>The superuser.</summary>
    public const string User = "functionsapp";

    /// <exception cref="LocalPostgresException">Initdb failed; with its own words.</exception>
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

        logger.LogInformation("Making a new Postgres {Version} in {Folder}", programs.Version, folder.Path);
        var data = folder.NewUnfinishedData();
        ClusterFolder.Make(data);
        try
        {
            folder.NewPassword();
            await account.OwnAsync([data, folder.PasswordFile], cancellationToken);

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
                    {programs.Initdb}{account.Suffix} could not make a database in {folder.Path} (code {result.ExitCode}). It said:
                    {result.LastLines(20)}
                    Free what it lacks, use another folder, or set ConnectionStrings__Postgres to a database of your own.
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
            // An initdb that outlived its killed parent still writes there.
            logger.LogInformation("{Folder} cannot be deleted now and will be at a later start: {Reason}", unfinished, e.Message);
        }
    }
}
