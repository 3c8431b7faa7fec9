using FunctionsApp.Core.Background;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FunctionsApp.Core.Accounts;

/// <summary>What the module offers.</summary>
public static class AccountsServices
{
    /// <summary>
    /// Needs <see cref="Database.PostgresDatabase"/>, <see cref="Database.ReadBatching"/>, <see cref="TimeProvider"/> and logging to be
    /// registered.
    /// </summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services, IConfiguration configuration) =>
        services
            .AddHealthChecks()
            .AddCheck<RevokedSessionsCheck>("revoked sessions", tags: [HealthTags.Ready])
            .Services.AddSettings<AccountOptions>(configuration, "Accounts")
            .AddSingleton(services => services.GetRequiredService<AccountOptions>().KeyTimes)
            .AddSingleton<UserStore>()
            .AddSingleton<ActiveUserStore>()
            .AddSingleton<IdentifierStore>()
            .AddSingleton<AdministratorStore>()
            .AddSingleton<AccountEventStore>()
            .AddSingleton<CredentialStore>()
            .AddSingleton<LoginFailureStore>()
            .AddSingleton<SessionStore>()
            .AddSingleton<RefreshTokenStore>()
            .AddSingleton<ErasureStore>()
            .AddSingleton<IPersonalData, AccountData>()
            .AddSingleton<Erasures>()
            .AddSingleton<PasswordHasher>()
            .AddSingleton<RevokedSessions>()
            .AddSingleton<AccessTokens>()
            .AddSingleton<LoginThrottle>()
            .AddSingleton<PasswordConfirmation>()
            .AddSingleton<SignupService>()
            .AddSingleton<LoginService>()
            .AddSingleton<SessionService>()
            .AddSingleton<UserService>()
            .AddSingleton<OwnAccountService>()
            .AddSingleton<OperatorService>()
            .AddSingleton<IBackgroundWork>(services => services.GetRequiredService<RevokedSessions>())
            .AddSingleton<IBackgroundWork>(services => services.GetRequiredService<Erasures>())
            .AddSingleton<IBackgroundWork, ExpiredRows>();
}
