using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Accounts;

/// <summary>Confirms the deletion of the account.</summary>
/// <param name="CurrentPassword">The current password.</param>
public sealed record DeleteMe(string CurrentPassword) : IExample<DeleteMe>
{
    public static DeleteMe Example => new("correct horse battery");
}
