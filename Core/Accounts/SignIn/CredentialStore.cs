using Dapper;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Accounts;

/// <summary>SQL of password hashes.</summary>
public sealed class CredentialStore(PostgresDatabase database)
{
    // Read at every login. @userId: the user. @network: the client's.
    const string Select = """
        select id, password_hash, disabled_at is not null as disabled,
               exists (select 1 from sessions where user_id = @userId and network = @network) as known_network
        from users
        where id = @userId
        """;

    // @userId, @version: the user and the version whose password was checked. @after: the new hash. @EventId, @Type, @keep (the session),
    // @Address, @UserAgent: the audit entry.
    const string Change = "select change_password_1(@userId, @version, @after, @keep, @EventId, @Type, @Address, @UserAgent)";

    public async Task<Credentials?> ReadAsync(Guid userId, string network, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSignInAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Credentials>(
            new(Select, new { userId, network }, cancellationToken: cancellationToken)
        );
    }

    /// <summary>Reads a user's credentials and the failures of subjects in one round trip.</summary>
    public async Task<(Credentials? User, IReadOnlyList<LoginFailureStore.FailureLevel> Failures)> ReadWithFailuresAsync(
        Guid userId,
        string network,
        string[] subjects,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenForSignInAsync(cancellationToken);
        await using var results = await connection.QueryMultipleAsync(
            new(
                $"{Select}; {LoginFailureStore.SelectLevels}",
                new
                {
                    userId,
                    network,
                    subjects,
                },
                cancellationToken: cancellationToken
            )
        );
        var user = await results.ReadSingleOrDefaultAsync<Credentials>();
        return (user, [.. await results.ReadAsync<LoginFailureStore.FailureLevel>()]);
    }

    /// <summary>Stores another hash of the same password.</summary>
    /// <returns>False when <paramref name="before"/> was replaced in the meantime.</returns>
    public async Task<bool> ReplaceHashAsync(Guid userId, string before, string after, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSignInAsync(cancellationToken);
        return await connection.ExecuteAsync(
                new(
                    "update users set password_hash = @after where id = @userId and password_hash = @before",
                    new
                    {
                        userId,
                        before,
                        after,
                    },
                    cancellationToken: cancellationToken
                )
            ) == 1;
    }

    /// <summary>Sets a new password, if the user still has the version whose password was checked, and ends the other sessions.</summary>
    /// <returns>The sessions that ended; null when the user was changed in the meantime.</returns>
    public async Task<Guid[]?> ChangePasswordAsync(
        Guid userId,
        long version,
        string after,
        Guid? keep,
        Client client,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.QuerySingleAsync<Guid[]?>(
            new(
                Change,
                new
                {
                    userId,
                    version,
                    after,
                    keep,
                    EventId = EventIds.Next(),
                    Type = EventTypes.PasswordChanged,
                    client.Address,
                    client.UserAgent,
                },
                cancellationToken: cancellationToken
            )
        );
    }
}
