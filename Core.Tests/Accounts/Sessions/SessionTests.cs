using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Tests.Keys;

namespace FunctionsApp.Core.Tests.Accounts;

/// <summary>Refresh tokens, the ends of sessions, and the lists.</summary>
public sealed class SessionTests(AccountsDatabase database) : IClassFixture<AccountsDatabase>, IDisposable
{
    readonly Pod pod = new(database.Database);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => pod.Dispose();

    public enum Act
    {
        RefreshCurrent,
        RefreshPrevious,
        RefreshOlder,
        RefreshForgedSecret,
        RefreshForgedFamily,
        RefreshAsAnother,
        LogOut,
    }

    [Property(MaxTest = 25)]
    public Property With_a_long_grace_refreshing_follows_the_model() =>
        Prop.ForAll(Acts, acts => FollowsTheModelAsync(acts, TimeSpan.FromHours(1)));

    [Property(MaxTest = 25)]
    public Property Without_a_grace_refreshing_follows_the_model() => Prop.ForAll(Acts, acts => FollowsTheModelAsync(acts, TimeSpan.Zero));

    static Arbitrary<Act[]> Acts =>
        Gen.Frequency(
                (6, Gen.Constant(Act.RefreshCurrent)),
                (2, Gen.Constant(Act.RefreshPrevious)),
                (1, Gen.Constant(Act.RefreshOlder)),
                (1, Gen.Constant(Act.RefreshForgedSecret)),
                (2, Gen.Constant(Act.RefreshForgedFamily)),
                (1, Gen.Constant(Act.RefreshAsAnother)),
                (1, Gen.Constant(Act.LogOut))
            )
            .ArrayOf()
            .ToArbitrary();

    // The model: the tokens handed out so far, newest last, and whether the session is live.
    async Task FollowsTheModelAsync(Act[] acts, TimeSpan grace)
    {
        using var pod = new Pod(database.Database, options => options.RefreshGrace = grace);
        var (user, other) = (await pod.SignUpAsync(), await pod.SignUpAsync());
        var login = await pod.LoginAsync(user.Username);
        var session = Pod.SessionOf(login);
        var tokens = new List<string> { login.RefreshToken };
        var live = true;
        foreach (var act in acts)
        {
            switch (act)
            {
                case Act.RefreshCurrent:
                    if (await RefreshAsync(tokens[^1]) is { } rotated)
                        tokens.Add(rotated);
                    else
                        Assert.False(live);
                    break;
                case Act.RefreshPrevious when tokens.Count > 1:
                    var retried = await RefreshAsync(tokens[^2]);
                    Assert.Equal(live && grace > TimeSpan.Zero ? tokens[^1] : null, retried);
                    live &= grace > TimeSpan.Zero;
                    break;
                case Act.RefreshOlder when tokens.Count > 2:
                    Assert.Null(await RefreshAsync(tokens[^3]));
                    live = false;
                    break;
                case Act.RefreshForgedSecret:
                    // Only issued tokens contain the family secret, so this token was forged from a genuine one of the session.
                    Assert.Null(await RefreshAsync(Forged(tokens[^1], at: -1)));
                    live = false;
                    break;
                case Act.RefreshForgedFamily:
                    Assert.Null(await RefreshAsync(Forged(tokens[^1], at: 32)));
                    break;
                case Act.RefreshAsAnother:
                    Assert.Null(await RefreshAsync(OfUser(tokens[^1], other.Id)));
                    break;
                case Act.LogOut:
                    await pod.Sessions.LogoutAsync(user.Id, session, Pod.Home, Cancel);
                    live = false;
                    break;
            }

            Assert.Equal(live, (await pod.SessionsAsync(user.Id)).Any());
            Assert.Equal(!live, pod.Revoked.Contains(session));
            Assert.Equal(live, await pod.AcceptsAsync(login.AccessToken));
        }

        var ends = (await pod.EventsAsync(user.Id)).Count(entry => entry.Type is EventTypes.RefreshTokenReused or EventTypes.LoggedOut);
        Assert.Equal(live ? 0 : 1, ends);
        Assert.Empty(await pod.SessionsAsync(other.Id));

        async Task<string?> RefreshAsync(string token)
        {
            try
            {
                var pair = await pod.Sessions.RefreshAsync(token, Pod.Home, Cancel);
                Assert.Equal(session, Pod.SessionOf(pair));
                Assert.True(await pod.AcceptsAsync(pair.AccessToken));
                return pair.RefreshToken;
            }
            catch (RefusedException e) when (e.Refusal == Refusal.Unauthenticated)
            {
                return null;
            }
        }
    }

    [Fact]
    public async Task One_token_sent_many_times_at_once_gives_one_successor_to_all()
    {
        using var other = new Pod(database.Database);
        var login = await LoginNewAsync();
        var pairs = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => (i % 2 == 0 ? pod : other).Sessions.RefreshAsync(login.RefreshToken, Pod.Home, Cancel))
        );

        var next = Assert.Single(pairs.Select(pair => pair.RefreshToken).Distinct());
        await pod.Sessions.RefreshAsync(next, Pod.Home, Cancel);
    }

    [Fact]
    public async Task A_refresh_token_used_by_a_thief_and_by_the_owner_ends_the_session()
    {
        using var strict = new Pod(database.Database, options => options.RefreshGrace = TimeSpan.Zero);
        var login = await LoginNewAsync();
        var thief = await strict.Sessions.RefreshAsync(login.RefreshToken, Pod.Stranger, Cancel);

        await Pod.RefusedAsync(Refusal.Unauthenticated, () => strict.Sessions.RefreshAsync(login.RefreshToken, Pod.Home, Cancel));
        await Pod.RefusedAsync(Refusal.Unauthenticated, () => strict.Sessions.RefreshAsync(thief.RefreshToken, Pod.Stranger, Cancel));
        Assert.False(await strict.AcceptsAsync(thief.AccessToken));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("ééé")]
    public async Task A_malformed_refresh_token_is_refused(string text) =>
        await Pod.RefusedAsync(Refusal.Unauthenticated, () => pod.Sessions.RefreshAsync(text, Pod.Home, Cancel));

    [Fact]
    public async Task A_token_of_a_session_that_never_existed_is_refused() =>
        await Pod.RefusedAsync(
            Refusal.Unauthenticated,
            () => pod.Sessions.RefreshAsync(RefreshToken.Create(Guid.CreateVersion7(), Guid.CreateVersion7()).ToString(), Pod.Home, Cancel)
        );

    [Fact]
    public async Task An_expired_session_is_not_refreshed_and_not_listed()
    {
        var login = await LoginNewAsync();
        await database.SqlAsync($"update sessions set expires_at = now() - interval '1 second' where id = '{Pod.SessionOf(login)}'");

        await Pod.RefusedAsync(Refusal.Unauthenticated, () => pod.Sessions.RefreshAsync(login.RefreshToken, Pod.Home, Cancel));
        Assert.Empty(await pod.SessionsAsync(UserOf(login)));
    }

    [Fact]
    public async Task A_refresh_extends_the_session_records_the_client_and_uses_the_current_role()
    {
        var login = await LoginNewAsync();
        var session = Pod.SessionOf(login);
        await database.SqlAsync(
            $"update sessions set expires_at = now() + interval '1 minute', last_used_at = now() - interval '1 day' where id = '{session}'"
        );
        await pod.Users.ChangeAsync(UserOf(login), new() { Role = Role.Admin }, _ => true, null, Pod.Home, Cancel);
        var pair = await pod.Sessions.RefreshAsync(login.RefreshToken, Pod.Stranger, Cancel);

        var listed = Assert.Single(await pod.SessionsAsync(UserOf(login)));
        Assert.Equal((session, Pod.Stranger.Address, Pod.Stranger.UserAgent), (listed.Id, listed.Address, listed.UserAgent));
        Assert.True(listed.ExpiresAt > listed.CreatedAt.AddDays(29) && listed.LastUsedAt >= listed.CreatedAt);
        Assert.Equal("admin", (await pod.Tokens.ValidateAsync(pair.AccessToken)).ClaimsIdentity.FindFirst("role")!.Value);
    }

    [Fact]
    public async Task The_database_holds_no_token_and_no_secret_of_one()
    {
        var login = await LoginNewAsync();
        var pair = await pod.Sessions.RefreshAsync(login.RefreshToken, Pod.Home, Cancel);
        var row = (string)(await database.SqlAsync($"select to_jsonb(sessions)::text from sessions where id = '{Pod.SessionOf(login)}'"))!;

        foreach (var bytes in (byte[][])[Bytes(login.RefreshToken), Bytes(pair.RefreshToken)])
        {
            Assert.DoesNotContain(Convert.ToHexStringLower(bytes[32..48]), row, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToHexStringLower(bytes[48..]), row, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Logging_out_ends_this_session_and_everywhere_all_of_them()
    {
        var user = await pod.SignUpAsync();
        var bystander = await LoginNewAsync();
        var (one, two, three) = (
            await pod.LoginAsync(user.Username),
            await pod.LoginAsync(user.Username),
            await pod.LoginAsync(user.Username)
        );

        await pod.Sessions.LogoutAsync(user.Id, Pod.SessionOf(one), Pod.Home, Cancel);
        Assert.Equal([Pod.SessionOf(three), Pod.SessionOf(two)], (await pod.SessionsAsync(user.Id)).Select(session => session.Id));

        await pod.Sessions.LogoutEverywhereAsync(user.Id, Pod.Home, Cancel);
        Assert.Empty(await pod.SessionsAsync(user.Id));
        foreach (var pair in (TokenPair[])[one, two, three])
        {
            Assert.False(await pod.AcceptsAsync(pair.AccessToken));
            await Pod.RefusedAsync(Refusal.Unauthenticated, () => pod.Sessions.RefreshAsync(pair.RefreshToken, Pod.Home, Cancel));
        }

        Assert.True(await pod.AcceptsAsync(bystander.AccessToken));
        var events = await pod.EventsAsync(user.Id);
        Assert.Equal([EventTypes.LoggedOutEverywhere, EventTypes.LoggedOut], events.Take(2).Select(entry => entry.Type));
        Assert.Equal([null, Pod.SessionOf(one)], events.Take(2).Select(entry => entry.SessionId));
    }

    [Fact]
    public async Task All_but_one_session_can_be_ended_and_a_second_end_finds_none()
    {
        var user = await pod.SignUpAsync();
        var (kept, ended) = (Pod.SessionOf(await pod.LoginAsync(user.Username)), Pod.SessionOf(await pod.LoginAsync(user.Username)));

        Assert.Equal([ended], await database.Sessions.EndAsync(user.Id, null, kept, EventTypes.SessionEnded, Pod.Home, Cancel));
        Assert.Empty(await database.Sessions.EndAsync(user.Id, null, kept, EventTypes.SessionEnded, Pod.Home, Cancel));
        Assert.Empty(await database.Sessions.EndAsync(user.Id, kept, kept, EventTypes.SessionEnded, Pod.Home, Cancel));
        Assert.Single(await pod.EventsAsync(user.Id), entry => entry.Type == EventTypes.SessionEnded);
    }

    [Fact]
    public async Task Ending_another_users_session_or_none_is_not_found_and_ends_nothing()
    {
        var (mine, other) = (await LoginNewAsync(), await LoginNewAsync());

        await Pod.RefusedAsync(Refusal.NotFound, () => pod.Sessions.EndAsync(UserOf(mine), Pod.SessionOf(other), Pod.Home, Cancel));
        await Pod.RefusedAsync(Refusal.NotFound, () => pod.Sessions.EndAsync(UserOf(mine), Guid.CreateVersion7(), Pod.Home, Cancel));
        Assert.True(await pod.AcceptsAsync(other.AccessToken));

        await pod.Sessions.EndAsync(UserOf(mine), Pod.SessionOf(mine), Pod.Home, Cancel);
        Assert.False(await pod.AcceptsAsync(mine.AccessToken));
        await Pod.RefusedAsync(Refusal.NotFound, () => pod.Sessions.EndAsync(UserOf(mine), Pod.SessionOf(mine), Pod.Home, Cancel));
    }

    [Fact]
    public async Task Another_pod_learns_of_ended_sessions_at_its_next_read()
    {
        using var other = new Pod(database.Database);
        var (before, after) = (await LoginNewAsync(), await LoginNewAsync());
        await pod.Sessions.LogoutAsync(UserOf(before), Pod.SessionOf(before), Pod.Home, Cancel);
        Assert.True(await other.AcceptsAsync(before.AccessToken));

        await other.Revoked.StartAsync(Cancel);
        Assert.False(await other.AcceptsAsync(before.AccessToken));
        Assert.True(await other.AcceptsAsync(after.AccessToken));

        await pod.Sessions.LogoutAsync(UserOf(after), Pod.SessionOf(after), Pod.Home, Cancel);
        await other.Revoked.RunOnceAsync(Cancel);
        Assert.False(await other.AcceptsAsync(after.AccessToken));
    }

    [Fact]
    public void An_ended_session_is_remembered_for_as_long_as_its_tokens_may_be_valid()
    {
        var time = new ManualTime();
        using var pod = new Pod(database.Database, time: time);
        var session = Guid.CreateVersion7();
        pod.Revoked.Add([session]);

        time.Advance(pod.Options.AccessTokenLifetime + AccessTokens.ClockSkew);
        Assert.True(pod.Revoked.Contains(session));
    }

    [Fact]
    public async Task An_ended_session_is_forgotten_when_none_of_its_tokens_can_be_valid()
    {
        var time = new ManualTime();
        using var pod = new Pod(database.Database, time: time);
        var session = Guid.CreateVersion7();
        pod.Revoked.Add([session]);
        await pod.Revoked.RunOnceAsync(Cancel);
        Assert.True(pod.Revoked.Contains(session));

        time.Advance(pod.Options.AccessTokenLifetime + TimeSpan.FromMinutes(5));
        await pod.Revoked.RunOnceAsync(Cancel);
        Assert.False(pod.Revoked.Contains(session));
    }

    [Fact]
    public async Task An_ended_session_is_not_forgotten_when_the_clock_jumps()
    {
        var time = new ManualTime();
        using var pod = new Pod(database.Database, time: time);
        var session = Guid.CreateVersion7();
        pod.Revoked.Add([session]);

        foreach (var jump in (int[])[1, -1])
        {
            time.Jump(TimeSpan.FromHours(jump));
            await pod.Revoked.RunOnceAsync(Cancel);
            Assert.True(pod.Revoked.Contains(session));
        }
    }

    [Fact]
    public async Task An_ended_session_is_not_forgotten_while_a_clock_that_was_set_back_accepts_its_tokens()
    {
        var time = new ManualTime();
        using var pod = new Pod(database.Database, time: time);
        var session = Guid.CreateVersion7();
        pod.Revoked.Add([session]);

        time.Jump(TimeSpan.FromMinutes(-10));
        time.Advance(pod.Options.AccessTokenLifetime + TimeSpan.FromMinutes(5));
        await pod.Revoked.RunOnceAsync(Cancel);
        Assert.True(pod.Revoked.Contains(session));

        time.Advance(TimeSpan.FromMinutes(10));
        await pod.Revoked.RunOnceAsync(Cancel);
        Assert.False(pod.Revoked.Contains(session));
    }

    [Theory]
    [InlineData(-60, 10)]
    [InlineData(10, 0)]
    public async Task Sessions_that_ended_since_the_last_read_are_read_although_the_clock_is_not_that_of_the_time_that_passed(
        int jump,
        int passed
    )
    {
        var time = new ManualTime();
        using var reader = new Pod(database.Database, time: time);
        await reader.Revoked.StartAsync(Cancel);
        var login = await LoginNewAsync();
        await pod.Sessions.LogoutAsync(UserOf(login), Pod.SessionOf(login), Pod.Home, Cancel);
        await database.SqlAsync($"update sessions set ended_at = now() - interval '5 minutes' where id = '{Pod.SessionOf(login)}'");

        // The clock of a machine that is suspended goes on, and its timers do not.
        time.Jump(TimeSpan.FromMinutes(jump));
        time.Advance(TimeSpan.FromMinutes(passed));
        await reader.Revoked.RunOnceAsync(Cancel);

        Assert.True(reader.Revoked.Contains(Pod.SessionOf(login)));
    }

    [Fact]
    public async Task Only_sessions_that_ended_in_the_period_are_read()
    {
        var (live, recent, old) = (await LoginNewAsync(), await LoginNewAsync(), await LoginNewAsync());
        foreach (var pair in (TokenPair[])[recent, old])
            await pod.Sessions.LogoutAsync(UserOf(pair), Pod.SessionOf(pair), Pod.Home, Cancel);
        await database.SqlAsync($"update sessions set ended_at = now() - interval '2 hours' where id = '{Pod.SessionOf(old)}'");
        var read = await database.Sessions.ReadEndedAsync(TimeSpan.FromHours(1), Cancel);

        Assert.Contains(Pod.SessionOf(recent), read);
        Assert.DoesNotContain(Pod.SessionOf(old), read);
        Assert.DoesNotContain(Pod.SessionOf(live), read);
    }

    [Fact]
    public async Task Only_rows_that_expired_two_days_ago_are_removed()
    {
        var (live, expired, longExpired) = (await LoginNewAsync(), await LoginNewAsync(), await LoginNewAsync());
        await database.SqlAsync($"update sessions set expires_at = now() - interval '47 hours' where id = '{Pod.SessionOf(expired)}'");
        await database.SqlAsync($"update sessions set expires_at = now() - interval '49 hours' where id = '{Pod.SessionOf(longExpired)}'");
        string[] subjects = [$"test:{Guid.NewGuid()}", $"test:{Guid.NewGuid()}"];
        foreach (var subject in subjects)
            await database.LoginFailures.AddAsync(subject, pod.Options.AccountFailures, Cancel);
        await database.SqlAsync($"update login_failures set updated_at = now() - interval '25 hours' where subject = '{subjects[0]}'");

        await new ExpiredRows(database.Sessions, database.LoginFailures).RunOnceAsync(Cancel);

        Assert.Equal(1L, await CountAsync(live));
        Assert.Equal(1L, await CountAsync(expired));
        Assert.Equal(0L, await CountAsync(longExpired));
        Assert.Equal(subjects[1], Assert.Single(await database.LoginFailures.ReadAsync(subjects, Cancel)).Subject);
    }

    [Fact]
    public async Task Sessions_and_events_are_listed_newest_first_page_by_page()
    {
        var user = await pod.SignUpAsync();
        var started = new List<Guid>();
        for (var i = 0; i < 5; i++)
            started.Add(Pod.SessionOf(await pod.LoginAsync(user.Username)));
        await LoginNewAsync();
        started.Reverse();

        var sessions = await PagesAsync("sessions", page => pod.Sessions.ReadPageAsync(user.Id, started[1], page, Cancel));
        Assert.Equal([2, 2, 1], sessions.Select(page => page.Count));
        Assert.Equal(started, sessions.SelectMany(page => page).Select(session => session.Id));
        Assert.Equal(started[1], sessions.SelectMany(page => page).Single(session => session.Current).Id);

        var events = await PagesAsync("events", page => pod.OwnAccount.ReadEventsAsync(user.Id, page, Cancel));
        Assert.Equal([2, 2, 2], events.Select(page => page.Count));
        Assert.Equal([.. started, null], events.SelectMany(page => page).Select(entry => entry.SessionId));
    }

    [Fact]
    public async Task Users_are_listed_newest_first_page_by_page_without_gaps_or_repeats()
    {
        var users = new List<Guid>();
        for (var i = 0; i < 5; i++)
            users.Add((await pod.SignUpAsync()).Id);
        users.Reverse();

        var pages = await PagesAsync("users", page => pod.Users.ReadPageAsync(page, Cancel));
        var listed = pages.SelectMany(page => page).Select(user => user.Id).ToList();
        Assert.Equal(listed.Count, listed.Distinct().Count());
        Assert.Equal(users, listed.Where(users.Contains));
    }

    static async Task<List<IReadOnlyList<T>>> PagesAsync<T>(string list, Func<PageRequest, Task<KeysetPage<T>>> read)
    {
        var pages = new List<IReadOnlyList<T>>();
        string? cursor = null;
        do
        {
            var page = await read(PageRequest.Parse(TestKeys.Cursors, list, 2, cursor));
            pages.Add(page.Items);
            cursor = page.NextCursor;
        } while (cursor is not null);
        return pages;
    }

    async Task<TokenPair> LoginNewAsync() => await pod.LoginAsync((await pod.SignUpAsync()).Username);

    Task<object?> CountAsync(TokenPair pair) => database.SqlAsync($"select count(*) from sessions where id = '{Pod.SessionOf(pair)}'");

    static Guid UserOf(TokenPair pair) => RefreshToken.TryParse(pair.RefreshToken, out var token) ? token.UserId : default;

    static byte[] Bytes(string token) => System.Buffers.Text.Base64Url.DecodeFromChars(token);

    // A text of user id, session id, family secret (from byte 32) and token secret; one bit of it changed.
    static string Forged(string token, int at)
    {
        var bytes = Bytes(token);
        bytes[at < 0 ? bytes.Length + at : at] ^= 1;
        return System.Buffers.Text.Base64Url.EncodeToString(bytes);
    }

    static string OfUser(string token, Guid user) =>
        System.Buffers.Text.Base64Url.EncodeToString([.. user.ToByteArray(bigEndian: true), .. Bytes(token)[16..]]);
}
