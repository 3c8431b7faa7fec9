namespace FunctionsApp.Core.Accounts;

/// <summary>Starts sessions, renews their tokens, lists them and ends them.</summary>
public sealed class SessionService(
    SessionStore store,
    RefreshTokenStore refreshTokens,
    AccessTokens accessTokens,
    RevokedSessions revoked,
    AccountOptions options
)
{
    /// <summary>Starts a session of a user whose password was checked.</summary>
    /// <returns>Its tokens; null when the user was disabled, deleted or given another password in the meantime.</returns>
    public async Task<TokenPair?> StartAsync(Guid userId, string passwordHash, Client client, CancellationToken cancellationToken)
    {
        var refresh = RefreshToken.Create(userId, Guid.CreateVersion7());
        if (await store.StartAsync(refresh, passwordHash, options.SessionLimits, client, cancellationToken) is not { } started)
            return null;
        revoked.Add(started.Ended);
        return await PairAsync(refresh, started.Role, cancellationToken);
    }

    /// <summary>Exchanges a refresh token for a new pair. The old one is invalidated, and using it again ends the session.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.Unauthenticated"/>.</exception>
    public async Task<TokenPair> RefreshAsync(string refreshToken, Client client, CancellationToken cancellationToken)
    {
        if (!RefreshToken.TryParse(refreshToken, out var token))
            throw InvalidRefreshToken();
        var salt = RefreshToken.NewSalt();
        var next = token.Next(salt);
        if (await refreshTokens.RotateAsync(token, next, salt, options.SessionLimits, client, cancellationToken) is { } role)
            return await PairAsync(next, role, cancellationToken);

        if (await refreshTokens.ReadStateAsync(token, options.RefreshGrace, cancellationToken) is not { Live: true } state)
            throw InvalidRefreshToken();
        if (state is { Retry: true, Salt: { } last })
            return await PairAsync(token.Next(last), state.Role, cancellationToken);

        await EndOneAsync(token.UserId, token.SessionId, EventTypes.RefreshTokenReused, client, cancellationToken);
        throw InvalidRefreshToken();
    }

    /// <summary>Ends the session of the request itself.</summary>
    public Task LogoutAsync(Guid userId, Guid sessionId, Client client, CancellationToken cancellationToken) =>
        EndOneAsync(userId, sessionId, EventTypes.LoggedOut, client, cancellationToken);

    /// <summary>Ends all sessions of a user.</summary>
    public async Task LogoutEverywhereAsync(Guid userId, Client client, CancellationToken cancellationToken) =>
        revoked.Add(await store.EndAsync(userId, only: null, except: null, EventTypes.LoggedOutEverywhere, client, cancellationToken));

    /// <summary>The live sessions of a user, newest first.</summary>
    public async Task<KeysetPage<Session>> ReadPageAsync(
        Guid userId,
        Guid current,
        PageRequest page,
        CancellationToken cancellationToken
    ) => KeysetPage<Session>.Of(await store.ReadPageAsync(userId, current, page, cancellationToken), page, session => session.Id);

    /// <summary>Ends one session of a user.</summary>
    /// <exception cref="RefusedException"><see cref="Refusal.NotFound"/> when it is not a live session of this user.</exception>
    public async Task EndAsync(Guid userId, Guid sessionId, Client client, CancellationToken cancellationToken)
    {
        if (await EndOneAsync(userId, sessionId, EventTypes.SessionEnded, client, cancellationToken) == 0)
            throw new RefusedException(Refusal.NotFound, "There is no such session.");
    }

    async Task<int> EndOneAsync(Guid userId, Guid sessionId, string eventType, Client client, CancellationToken cancellationToken)
    {
        var ended = await store.EndAsync(userId, only: sessionId, except: null, eventType, client, cancellationToken);
        revoked.Add(ended);
        return ended.Length;
    }

    async Task<TokenPair> PairAsync(RefreshToken refresh, Role role, CancellationToken cancellationToken) =>
        new(
            await accessTokens.CreateAsync(refresh.UserId, refresh.SessionId, role, cancellationToken),
            refresh.ToString(),
            (int)options.AccessTokenLifetime.TotalSeconds
        );

    static RefusedException InvalidRefreshToken() =>
        new(Refusal.Unauthenticated, "The refresh token is not valid, or was used before. Log in again.");
}
