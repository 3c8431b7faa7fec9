namespace FunctionsApp.Core.Accounts;

/// <summary>The name of the module's meter.</summary>
public static class AccountMetrics
{
    public const string MeterName = "FunctionsApp.Accounts";
}
