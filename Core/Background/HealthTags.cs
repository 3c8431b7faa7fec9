namespace FunctionsApp.Core.Background;

/// <summary>Tags of the health checks that modules register with <c>AddHealthChecks</c>.</summary>
public static class HealthTags
{
    /// <summary>
    /// While the check is unhealthy, <c>/readyz</c> returns 503 with its description, so the process receives no requests.
    /// </summary>
    public const string Ready = "ready";
}
