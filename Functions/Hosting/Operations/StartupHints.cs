using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Functions.Hosting;

/// <summary>What a newcomer should know once the server is up: only in development, on a database of its own.</summary>
sealed class StartupHints(AppDatabase database, UserService users, ILogger<StartupHints> logger)
{
    public async Task PrintAsync(CancellationToken cancellationToken)
    {
        if (!database.IsLocal || await users.AnyAdministratorAsync(cancellationToken))
            return;
        logger.LogInformation("There is no administrator yet. After signing up: dotnet run --project Functions -- users promote NAME");
    }
}
