using Dapper;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Accounts;

/// <summary>SQL of refresh tokens: of a session the current one, and the one before it.</summary>
public sealed class RefreshTokenStore(PostgresDatabase database)
{
    // @UserId, @SessionId, @FamilyHash, @SecretHash: the token that was sent. @NextHash, @salt: its successor's hash, and what it was made
    // with. @Idle, @Total: how long the session lasts. @Address, @Network, @UserAgent: the client. Times are added in UTC, because
    // Citus refuses what depends on the time zone of the connection.
    const string Rotate = """
        with account as (
            select id, role from users where id = @UserId and disabled_at is null for share
        ), rotated as (
            update sessions
            set previous_hash = token_hash, token_hash = @NextHash, salt = @salt, rotated_at = now(), last_used_at = now(),
                expires_at = least(now() + @Idle, (created_at at time zone 'UTC' + @Total) at time zone 'UTC'),
                address = @Address, network = @Network, user_agent = @UserAgent
            where user_id = @UserId and id = @SessionId and family_hash = @FamilyHash and token_hash = @SecretHash
              and ended_at is null and expires_at > now()
              and exists (select 1 from account)
            returning id
        )
        select account.role from account join rotated on true
        """;

    // @UserId, @SessionId, @FamilyHash, @SecretHash: the token that was sent. @grace: how long its successor may be asked for again.
    const string SelectState = """
        select u.role, s.ended_at is null and s.expires_at > now() and u.disabled_at is null as live,
               coalesce(s.previous_hash = @SecretHash and s.rotated_at > now() - @grace, false) as retry, s.salt
        from sessions s join users u on u.id = s.user_id
        where s.user_id = @UserId and s.id = @SessionId and s.family_hash = @FamilyHash and u.id = @UserId
        """;

    /// <summary>The session of a refresh token that is not its current one.</summary>
    /// <param name="Live">The session has not ended and its user may sign in.</param>
    /// <param name="Retry">The token is the one before the current one, and was replaced a moment ago.</param>
    /// <param name="Salt">What the current token was made with.</param>
    public sealed record State(Role Role, bool Live, bool Retry, byte[]? Salt);

    /// <summary>
    /// Replaces a token by its successor, if it is the current one of a live session of a user who may sign in.
    /// </summary>
    /// <returns>The user's role, or null when it is not.</returns>
    public async Task<Role?> RotateAsync(
        RefreshToken token,
        RefreshToken next,
        byte[] salt,
        SessionLimits limits,
        Client client,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenForSignInAsync(cancellationToken);
        var role = await connection.QuerySingleOrDefaultAsync<string?>(
            new(
                Rotate,
                new
                {
                    token.UserId,
                    token.SessionId,
                    token.FamilyHash,
                    token.SecretHash,
                    NextHash = next.SecretHash,
                    salt,
                    limits.Idle,
                    limits.Total,
                    client.Address,
                    client.Network,
                    client.UserAgent,
                },
                cancellationToken: cancellationToken
            )
        );
        return role is null ? null : Roles.Parse(role);
    }

    /// <summary>Why <see cref="RotateAsync"/> did not rotate. Null: there is no such session, or the token is a forgery.</summary>
    public async Task<State?> ReadStateAsync(RefreshToken token, TimeSpan grace, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSignInAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<State>(
            new(
                SelectState,
                new
                {
                    token.UserId,
                    token.SessionId,
                    token.FamilyHash,
                    token.SecretHash,
                    grace,
                },
                cancellationToken: cancellationToken
            )
        );
    }
}
