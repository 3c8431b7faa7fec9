using System.Diagnostics.CodeAnalysis;

namespace FunctionsApp.Core.Accounts;

/// <summary>Where a request comes from, for the audit trail and the rules against guessing.</summary>
/// <param name="Address">The client's IP address.</param>
public sealed record Client(string? Address, string? UserAgent)
{
    /// <summary>
    /// What limits by address count the client by: its network, unless the HTTP side knows better, such as behind a proxy that is not
    /// trusted.
    /// </summary>
    [AllowNull]
    public string Network
    {
        get => field ?? ClientNetwork.Of(Address);
        init;
    }
}
