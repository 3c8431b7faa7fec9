using System.Diagnostics.CodeAnalysis;

namespace FunctionsApp.Core.Accounts;

/// <summary>Where a request comes from, for the audit trail and the rules against guessing.</summary>
/// <param name="Address">The client's IP address.</param>
public sealed record Client(string? Address, string? UserAgent)
{
    /// <summary>
    /// How limits by address identify the client: by its network, unless the HTTP layer sets something else, such as behind a proxy that is
    /// not trusted.
    /// </summary>
    [AllowNull]
    public string Network
    {
        get => field ?? ClientNetwork.Of(Address);
        init;
    }
}
