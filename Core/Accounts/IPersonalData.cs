namespace Core.Accounts;

/// <summary>
/// A module that stores personal data implements this. It is called after an account was deleted, and again after a failure or a crash
/// until it has returned once without an exception: every implementation is idempotent.
/// </summary>
public interface IPersonalData
{
    /// <summary>Erases or anonymizes everything the module stores about this user, and releases what the user held.</summary>
    /// <param name="userId">The id of the deleted user.</param>
    /// <param name="cancellationToken">Stops the work between statements; it is then called again later.</param>
    Task EraseAsync(Guid userId, CancellationToken cancellationToken);
}
