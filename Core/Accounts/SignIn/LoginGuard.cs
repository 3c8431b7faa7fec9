using System.Security.Cryptography;
using System.Text;

namespace FunctionsApp.Core.Accounts;

/// <summary>
/// Whose failures count against a sign-in. A network (<see cref="ClientNetwork"/>) from which the user has signed in before has a bucket
/// of its own, so a stranger who fills the account's bucket does not lock the owner out.
/// </summary>
sealed record LoginGuard(string AccountSubject, IReadOnlyList<(string Subject, LeakyBucket Bucket)> Subjects)
{
    /// <summary>The subjects of every guard that <see cref="For"/> may return, before the user has been read.</summary>
    public static string[] PossibleSubjects(Guid userId, string identifier, Client client) =>
        [SubjectOf(identifier), SubjectOf(userId), $"{SubjectOf(userId)}@{client.Network}", SubjectOf(client)];

    public static LoginGuard For(Credentials? user, string identifier, Client client, AccountOptions options)
    {
        var account = user is null ? SubjectOf(identifier) : SubjectOf(user.Id);
        var (subject, bucket) = user is { KnownNetwork: true }
            ? ($"{account}@{client.Network}", options.KnownAddressFailures)
            : (account, options.AccountFailures);
        return new(subject, [(subject, bucket), (SubjectOf(client), options.AddressFailures)]);
    }

    /// <summary>The subject of a user's failures; those from a known network add <c>@</c> and the network.</summary>
    public static string SubjectOf(Guid userId) => $"user:{userId}";

    // Hashed: what was typed may be long, or a password in the wrong field.
    static string SubjectOf(string identifier) => $"name:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identifier)))}";

    static string SubjectOf(Client client) => $"address:{client.Network}";

    public LeakyBucket BucketOf(string subject) => Subjects.First(one => one.Subject == subject).Bucket;
}
