using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace FunctionsApp.Core.Accounts;

/// <summary>What to change of a user. What is not set stays.</summary>
public sealed record UserChange
{
    public string? Username { get; init; }

    /// <summary>Set and null: the address is removed.</summary>
    public (bool IsSet, string? Value) Email { get; init; }

    public Role? Role { get; init; }

    public bool? Disabled { get; init; }
}
