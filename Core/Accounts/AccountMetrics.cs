namespace FunctionsApp.Core.Accounts;

/// <summary>The name under which the module's metrics are found.</summary>
public static class AccountMetrics
{
    public const string MeterName = "FunctionsApp.Accounts";
}
