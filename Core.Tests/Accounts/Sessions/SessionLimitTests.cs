using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Core.Tests.Accounts;

public sealed class SessionLimitTests(AccountsDatabase database) : IClassFixture<AccountsDatabase>
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_login_beyond_the_limit_ends_the_oldest_session()
    {
        using var pod = new Pod(database.Database, options => options.SessionsPerUser = 3);
        var user = await pod.SignUpAsync();
        List<TokenPair> logins = [];
        for (var i = 0; i < 5; i++)
            logins.Add(await pod.LoginAsync(user.Username));

        Assert.Equal(logins.TakeLast(3).Reverse().Select(Pod.SessionOf), (await pod.SessionsAsync(user.Id)).Select(session => session.Id));
        foreach (var (login, i) in logins.Select((login, i) => (login, i)))
            Assert.Equal(i >= 2, await pod.AcceptsAsync(login.AccessToken));
        await Pod.RefusedAsync(Refusal.Unauthenticated, () => pod.Sessions.RefreshAsync(logins[1].RefreshToken, Pod.Home, Cancel));
        await pod.Sessions.RefreshAsync(logins[2].RefreshToken, Pod.Home, Cancel);
        Assert.Equal(2, (await pod.EventsAsync(user.Id)).Count(entry => entry.Type == EventTypes.SessionEnded));
    }

    [Fact]
    public async Task Zero_sessions_per_user_means_no_limit()
    {
        using var pod = new Pod(database.Database, options => options.SessionsPerUser = 0);
        var user = await pod.SignUpAsync();
        for (var i = 0; i < 5; i++)
            await pod.LoginAsync(user.Username);

        Assert.Equal(5, (await pod.SessionsAsync(user.Id)).Count);
    }

    // However many logins run concurrently, the next one leaves no more than the limit.
    [Fact]
    public async Task Logins_at_once_do_not_stay_above_the_limit()
    {
        using var pod = new Pod(database.Database, options => options.SessionsPerUser = 2);
        var user = await pod.SignUpAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => pod.LoginAsync(user.Username)));

        await pod.LoginAsync(user.Username);

        Assert.Equal(2, (await pod.SessionsAsync(user.Id)).Count);
    }

    [Fact]
    public async Task A_refresh_does_not_take_a_session_beyond_its_lifetime()
    {
        using var pod = new Pod(
            database.Database,
            options => (options.RefreshTokenLifetime, options.SessionLifetime) = (TimeSpan.FromDays(2), TimeSpan.FromDays(5))
        );
        var user = await pod.SignUpAsync();
        var login = await pod.LoginAsync(user.Username);
        Assert.InRange((await LivesAsync(user)).TotalDays, 1.9, 2.1);

        await database.SqlAsync($"update sessions set created_at = now() - interval '4 days' where user_id = '{user.Id}'");
        login = await pod.Sessions.RefreshAsync(login.RefreshToken, Pod.Home, Cancel);
        Assert.InRange((await LivesAsync(user)).TotalDays, 0.9, 1.1);

        await database.SqlAsync(
            "update sessions set created_at = now() - interval '5 days', expires_at = now() - interval '1 second' where user_id = "
                + $"'{user.Id}'"
        );
        await Pod.RefusedAsync(Refusal.Unauthenticated, () => pod.Sessions.RefreshAsync(login.RefreshToken, Pod.Home, Cancel));
    }

    [Fact]
    public async Task A_lifetime_below_that_of_a_refresh_token_holds_from_the_login_on()
    {
        using var pod = new Pod(database.Database, options => options.SessionLifetime = TimeSpan.FromHours(1));
        var user = await pod.SignUpAsync();
        await pod.LoginAsync(user.Username);

        Assert.InRange((await LivesAsync(user)).TotalHours, 0.9, 1.1);
    }

    async Task<TimeSpan> LivesAsync(User user) =>
        (TimeSpan)(await database.SqlAsync($"select expires_at - now() from sessions where user_id = '{user.Id}'"))!;
}
