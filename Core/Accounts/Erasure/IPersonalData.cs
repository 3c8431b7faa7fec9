namespace FunctionsApp.Core.Accounts;

/// <summary>
/// A module that stores personal data implements this and registers it in its services. <see cref="Erasures"/> calls it after an account
/// was deleted, again about a minute later for what requests that were in progress have written since, and again after a failure or a
/// crash, until all modules have returned without an exception. It may be called by several servers at once: every implementation is
/// idempotent.
/// </summary>
public interface IPersonalData
{
    /// <summary>Erases or anonymizes everything the module stores about this user, and releases what the user held.</summary>
    /// <param name="userId">The id of the deleted user.</param>
    /// <param name="cancellationToken">Stops the work between statements; it is then called again later.</param>
    Task EraseAsync(Guid userId, CancellationToken cancellationToken);
}
