namespace FunctionsApp.Core;

/// <summary>Tags of the health checks that modules register with <c>AddHealthChecks</c>.</summary>
public static class HealthTags
{
    /// <summary>The process gets no requests (<c>/readyz</c> returns 503) while the check is unhealthy. Its description says why.</summary>
    public const string Ready = "ready";
}
