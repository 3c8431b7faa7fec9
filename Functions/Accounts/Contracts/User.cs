using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Accounts;

/// <summary>A user.</summary>
/// <param name="Id">The id of the user.</param>
/// <param name="Username">The username.</param>
/// <param name="Email">The email address, or null.</param>
/// <param name="Role">The role.</param>
/// <param name="Disabled">Whether the user is disabled.</param>
/// <param name="CreatedAt">When the account was created.</param>
/// <param name="UpdatedAt">When the account was last changed.</param>
public sealed record User(Guid Id, string Username, string? Email, Role Role, bool Disabled, DateTime CreatedAt, DateTime UpdatedAt)
{
    public static User From(Core.Accounts.User user) =>
        new(user.Id, user.Username, user.Email, user.Role.ToApi(), user.Disabled, user.CreatedAt, user.UpdatedAt);

    /// <summary>The response with the version of the user as <c>ETag</c>.</summary>
    public static Tagged<User> Tagged(Core.Accounts.User user) => new(From(user), user.Version);
}
