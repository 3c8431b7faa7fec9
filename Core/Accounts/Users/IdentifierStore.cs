using System.Data.Common;
using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Accounts;

/// <summary>SQL of identifiers: the usernames and email addresses in use, each of which belongs to one user.</summary>
public sealed class IdentifierStore(PostgresDatabase database)
{
    /// <summary>What a user occupies: the name, the skeleton it shares with all names that look like it, and the email address.</summary>
    public static string[] Of(string username, string? email)
    {
        var name = Identifier.Normalize(username);
        string[] ofName = [name, ConfusableName.Identifier(name)];
        return email is null ? ofName : [.. ofName.Append(Identifier.Normalize(email)).Distinct()];
    }

    /// <param name="identifier">In the form in which names are compared.</param>
    public async Task<Guid?> FindUserIdAsync(string identifier, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSignInAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Guid?>(
            new("select user_id from identifiers where identifier = @identifier", new { identifier }, cancellationToken: cancellationToken)
        );
    }

    /// <summary>Those of the wanted identifiers that are taken.</summary>
    public async Task<string[]> FindTakenAsync(string username, string? email, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<string>(
                new(
                    "select identifier from identifiers where identifier = any(@identifiers)",
                    new { identifiers = Of(username, email) },
                    cancellationToken: cancellationToken
                )
            ),
        ];
    }

    /// <summary>
    /// Takes identifiers for a user, in the order of their names, so that two transactions that want the same ones do not deadlock.
    /// </summary>
    /// <returns>Those that belong to others. If there are any, the transaction must be rolled back.</returns>
    public static async Task<string[]> TakeAsync(
        NpgsqlConnection connection,
        DbTransaction transaction,
        Guid userId,
        string[] identifiers,
        CancellationToken cancellationToken
    )
    {
        if (identifiers.Length == 0)
            return [];
        var taken = await connection.QueryAsync<string>(
            new(
                """
                insert into identifiers (identifier, user_id)
                select identifier, @userId from unnest(@identifiers) as wanted (identifier) order by identifier
                on conflict do nothing
                returning identifier
                """,
                new { userId, identifiers },
                transaction,
                cancellationToken: cancellationToken
            )
        );
        return [.. identifiers.Except(taken)];
    }

    /// <summary>Releases identifiers of a user.</summary>
    public static async Task ReleaseAsync(
        NpgsqlConnection connection,
        DbTransaction transaction,
        Guid userId,
        string[] identifiers,
        CancellationToken cancellationToken
    )
    {
        if (identifiers.Length == 0)
            return;
        await connection.ExecuteAsync(
            new(
                "delete from identifiers where identifier = any(@identifiers) and user_id = @userId",
                new { userId, identifiers },
                transaction,
                cancellationToken: cancellationToken
            )
        );
    }
}
