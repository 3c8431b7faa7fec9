using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FunctionsApp.Core.Accounts;

/// <summary>Unhealthy while no access token can be checked, because the ended sessions were not read for too long.</summary>
sealed class RevokedSessionsCheck(RevokedSessions revoked) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            revoked.IsPartlyCurrent
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy("The list of ended sessions has not been refreshed for too long.")
        );
}
