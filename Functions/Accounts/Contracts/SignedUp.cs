using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Accounts;

/// <summary>The new account.</summary>
/// <param name="Id">The id of the user.</param>
/// <param name="Username">The username.</param>
/// <param name="Email">The email address, or null.</param>
/// <param name="CreatedAt">When the account was created.</param>
public sealed record SignedUp(Guid Id, string Username, string? Email, DateTime CreatedAt) : IExample<SignedUp>
{
    public static SignedUp From(Core.Accounts.User user) => new(user.Id, user.Username, user.Email, user.CreatedAt);

    public static SignedUp Example => new(Examples.Id, "ada", "ada@example.org", Examples.Time);
}
