namespace FunctionsApp.Core.Accounts;

/// <summary>What to change of a user. What is not set stays.</summary>
public sealed record UserChange
{
    public string? Username { get; init; }

    /// <summary>Set and null: the address is removed.</summary>
    public (bool IsSet, string? Value) Email { get; init; }

    public Role? Role { get; init; }

    public bool? Disabled { get; init; }

    /// <exception cref="RefusedException"><see cref="Refusal.Invalid"/>.</exception>
    public void Check() =>
        new Validation()
            .Check("username", Username is null ? null : Identifier.CheckUsername(Username))
            .Check("email", Email is { IsSet: true, Value: { } email } ? Identifier.CheckEmail(email) : null)
            .ThrowIfInvalid();

    /// <summary>The user after the change.</summary>
    public User Apply(User before) =>
        before with
        {
            Username = Username is null ? before.Username : UnicodeNormalization.Compose(Username),
            Email = Email.IsSet ? Identifier.Compose(Email.Value) : before.Email,
            Role = Role ?? before.Role,
            Disabled = Disabled ?? before.Disabled,
        };
}
