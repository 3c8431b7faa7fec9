using FunctionsApp.Core.Tests.Database;

namespace FunctionsApp.Core.Tests.Accounts;

public sealed class AccountsExemptions : IExemptions
{
    public IEnumerable<Exemption> EveryNode =>
        [
            new("from sessions where ended_at >", "the sessions that ended in the last seconds, of all users: an index scan of each shard"),
            new("delete from sessions where expires_at <", "clean-up in the background"),
            new("delete from login_failures where updated_at <", "clean-up in the background"),
            new("delete from login_failures where subject = $1 or starts_with", "the erasure of a deleted account"),
            new("from erasures where due_at <=", "work in the background"),
            new("where role = 'admin'", "whether there is an administrator, read when one is removed"),
            new("from users where id = any(", "which of the waitlisted users exist: read only when seats come free"),
            new("where $1::uuid is null or id < $1", "an administrator's list of users"),
            new(
                "identifiers where identifier = any(",
                "the identifiers of one user, which are keys themselves: sign-up, rename and deletion"
            ),
            new("from unnest($2) as wanted (identifier)", "the identifiers of one user, which are keys themselves: sign-up and rename"),
            new("from login_failures where subject = any(", "an account and an address, which are keys themselves"),
        ];

    public IEnumerable<Exemption> DoublePrecision => [new("login_failures.level", "the level of a leaky bucket")];
}
