namespace FunctionsApp.LoadTest.Service;

/// <summary>The users of an attack. They are created when they are needed first.</summary>
/// <param name="prefix">Makes usernames unique.</param>
sealed class Accounts(ApiClient api, Administrator administrator, string prefix, int count)
{
    const string Password = "correct horse battery";

    /// <summary>Below the default of <c>Accounts__SessionsPerUser</c>, beyond which a login ends the oldest session.</summary>
    const int SessionsPerUser = 90;

    int names,
        turn;
    IReadOnlyList<Account>? users;
    Account? inspector;
    (Account User, int Sessions)? sessions;

    /// <summary>Credentials that no account has yet.</summary>
    public (string Username, string Password) NewCredentials() => ($"{prefix}-{Interlocked.Increment(ref names)}", Password);

    /// <summary>All users.</summary>
    public async ValueTask<IReadOnlyList<Account>> AllAsync(CancellationToken cancellationToken) =>
        users ??= await InParallel.CreateAsync(count, (_, stop) => SignUpAsync(stop), cancellationToken);

    /// <summary>The next user in turn.</summary>
    public async ValueTask<Account> NextAsync(CancellationToken cancellationToken)
    {
        var all = await AllAsync(cancellationToken);
        return all[(Interlocked.Increment(ref turn) & int.MaxValue) % all.Count];
    }

    /// <summary>The access token of a user who may verify tickets.</summary>
    public async ValueTask<string> InspectorTokenAsync(CancellationToken cancellationToken)
    {
        if (inspector is null)
        {
            var (username, password) = NewCredentials();
            await api.SendAsync(
                HttpMethod.Post,
                "/users",
                await administrator.TokenAsync(cancellationToken),
                new
                {
                    username,
                    password,
                    role = "inspector",
                },
                cancellationToken
            );
            inspector = new(api, username, password);
        }

        return await inspector.TokenAsync(cancellationToken);
    }

    /// <summary>Refresh tokens of new sessions. Each costs a login.</summary>
    public async Task<IReadOnlyList<string>> NewRefreshTokensAsync(int wanted, CancellationToken cancellationToken)
    {
        var owners = new Account[wanted];
        for (var i = 0; i < wanted; i++)
        {
            if (sessions is not { Sessions: < SessionsPerUser } current)
                current = (await SignUpAsync(cancellationToken), 0);
            owners[i] = current.User;
            sessions = (current.User, current.Sessions + 1);
        }

        return await InParallel.CreateAsync(
            wanted,
            async (i, stop) =>
                (await Account.LoginAsync(api, owners[i].Username, owners[i].Password, stop)).GetProperty("refresh_token").GetString()!,
            cancellationToken
        );
    }

    async ValueTask<Account> SignUpAsync(CancellationToken cancellationToken)
    {
        var (username, password) = NewCredentials();
        await api.SendAsync(HttpMethod.Post, "/signup", null, new { username, password }, cancellationToken);
        return new(api, username, password);
    }
}
