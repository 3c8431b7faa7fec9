using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Functions.Hosting;

/// <summary>A hint for new developers once the server has started; only with the private database of a development machine.</summary>
sealed class StartupHints(AppDatabase database, UserService users, ILogger<StartupHints> logger)
{
    public async Task PrintAsync(CancellationToken cancellationToken)
    {
        if (!database.IsLocal || await users.AnyAdministratorAsync(cancellationToken))
            return;
        logger.LogInformation("There is no administrator yet. Sign up, then run: dotnet run --project Functions -- users promote NAME");
    }
}
