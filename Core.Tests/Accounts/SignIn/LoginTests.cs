using System.Text;
using FunctionsApp.Core.Accounts;
using Npgsql;

namespace FunctionsApp.Core.Tests.Accounts;

/// <summary>Signing in, passwords and the rules against guessing.</summary>
public sealed class LoginTests(AccountsDatabase database) : IClassFixture<AccountsDatabase>, IDisposable
{
    const string Wrong = "wrong horse battery staple";

    static readonly SessionLimits Limits = new(TimeSpan.FromDays(1), TimeSpan.FromDays(2), 10);

    readonly Pod pod = new(database.Database);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => pod.Dispose();

    [Fact]
    public async Task Username_and_email_in_any_spelling_log_in_and_the_token_names_the_user()
    {
        var user = await pod.SignUpAsync(null, $"{Pod.NewName()}@example.com");
        foreach (var name in (string[])[user.Username, user.Username.ToUpperInvariant(), user.Email!, user.Email!.ToUpperInvariant()])
        {
            var pair = await pod.LoginAsync(name);
            var result = await pod.Tokens.ValidateAsync(pair.AccessToken);

            Assert.True(result.IsValid);
            Assert.Equal(
                (user.Id.ToString(), "user"),
                (result.ClaimsIdentity.FindFirst("sub")!.Value, result.ClaimsIdentity.FindFirst("role")!.Value)
            );
            Assert.Equal(900, pair.ExpiresIn);
        }
    }

    [Fact]
    public async Task Unknown_names_wrong_passwords_and_disabled_users_are_refused_alike()
    {
        var (user, disabled) = (await pod.SignUpAsync(), await pod.SignUpAsync());
        await pod.Users.ChangeAsync(disabled.Id, new() { Disabled = true }, _ => true, null, Pod.Home, Cancel);
        (string Name, string Password)[] attempts =
        [
            (Pod.NewName(), Pod.Password),
            (user.Username, Wrong),
            (user.Username, ""),
            (disabled.Username, Pod.Password),
            ("", Pod.Password),
        ];
        var messages = new List<string>();
        foreach (var (name, password) in attempts)
            messages.Add((await Pod.RefusedAsync(Refusal.Unauthenticated, () => pod.LoginAsync(name, password))).Message);

        Assert.Single(messages.Distinct());
    }

    // Not a theory: an attribute's text is UTF-8.
    [Fact]
    public async Task Impossible_names_and_passwords_are_refused_like_wrong_ones()
    {
        var user = await pod.SignUpAsync();
        var random = new Random(1);
        var incompressible = string.Concat(Enumerable.Range(0, 5000).Select(_ => new Rune(random.Next(0x4E00, 0x9FFF)).ToString()));
        foreach (var text in (string[])["\0", "\ud83d", "\ude00 \ud83d", "\uffff", "\ufffe", new('x', 100_000), incompressible])
        {
            await Pod.RefusedAsync(Refusal.Unauthenticated, () => pod.LoginAsync(text));
            await Pod.RefusedAsync(Refusal.Unauthenticated, () => pod.LoginAsync(user.Username, text, new("192.0.2.77", null)));
        }
    }

    [Fact]
    public async Task A_password_is_the_same_in_any_spelling_of_its_text()
    {
        var name = Pod.NewName();
        await pod.Signup.SignUpAsync(name, "Jalapeño ﬁsh", null, Pod.Home, Cancel);

        await pod.LoginAsync(name, "Jalapeño ﬁsh".Normalize(NormalizationForm.FormD));
        await pod.LoginAsync(name, "Jalapeño fish");
        await Pod.RefusedAsync(Refusal.Unauthenticated, () => pod.LoginAsync(name, "jalapeño fish"));
    }

    [Fact]
    public async Task Success_and_failure_are_in_the_audit_trail()
    {
        var user = await pod.SignUpAsync();
        await Pod.RefusedAsync(Refusal.Unauthenticated, () => pod.LoginAsync(user.Username, Wrong, Pod.Stranger));
        var pair = await pod.LoginAsync(user.Username);
        var events = await pod.EventsAsync(user.Id);

        Assert.Equal([EventTypes.LoggedIn, EventTypes.LoginFailed, EventTypes.SignedUp], events.Select(entry => entry.Type));
        Assert.Equal(
            (Pod.SessionOf(pair), Pod.Home.Address, Pod.Home.UserAgent),
            (events[0].SessionId!.Value, events[0].Address, events[0].UserAgent)
        );
        Assert.Equal((null, Pod.Stranger.Address, Pod.Stranger.UserAgent), (events[1].SessionId, events[1].Address, events[1].UserAgent));
    }

    [Fact]
    public async Task A_hash_of_a_lower_work_factor_is_renewed_at_sign_in_and_a_higher_one_is_kept()
    {
        var user = await pod.SignUpAsync();
        using var stronger = new Pod(database.Database, options => options.BcryptWorkFactor = 5);

        await Pod.RefusedAsync(Refusal.Unauthenticated, () => stronger.LoginAsync(user.Username, Wrong));
        Assert.StartsWith("$2a$04$", await HashAsync(user), StringComparison.Ordinal);
        await stronger.LoginAsync(user.Username);
        var renewed = await HashAsync(user);
        Assert.StartsWith("$2a$05$", renewed, StringComparison.Ordinal);

        await pod.LoginAsync(user.Username);
        await stronger.LoginAsync(user.Username);
        Assert.Equal(renewed, await HashAsync(user));
        Assert.Equal(user.Version, (await pod.Users.ReadAsync(user.Id, Cancel)).Version);
    }

    [Fact]
    public async Task Logins_that_renew_a_hash_at_the_same_moment_all_succeed()
    {
        var user = await pod.SignUpAsync();
        using var stronger = new Pod(database.Database, options => options.BcryptWorkFactor = 5);
        Task<TokenPair>[] logins;
        await using (var connection = await database.Database.OpenAsync(Cancel))
        await using (var transaction = await connection.BeginTransactionAsync(Cancel))
        {
            await using var row = new NpgsqlCommand($"select 1 from users where id = '{user.Id}' for update", connection, transaction);
            await row.ExecuteNonQueryAsync(Cancel);
            logins = [stronger.LoginAsync(user.Username), stronger.LoginAsync(user.Username)];
            // Both have checked the password, and wait to store their own hash.
            await database.LockedAsync(2);
        }

        foreach (var tokens in await Task.WhenAll(logins))
            Assert.True(await stronger.AcceptsAsync(tokens.AccessToken));
    }

    [Fact]
    public async Task A_login_that_renews_the_hash_does_not_disturb_a_change_of_the_password()
    {
        using var single = new Pod(database.Database, options => options.HashingThreads = 1);
        using var stronger = new Pod(database.Database, options => options.BcryptWorkFactor = 5);
        var user = await single.SignUpAsync();
        Task change;
        using (await single.Hasher.EnterAsync(Cancel))
        {
            change = single.OwnAccount.ChangePasswordAsync(
                user.Id,
                default,
                Pod.Password,
                "another long password",
                _ => true,
                Pod.Home,
                Cancel
            );
            await Waiting.UntilAsync("the change waits for a thread", () => Task.FromResult(single.Hasher.Waiting == 1));
            await stronger.LoginAsync(user.Username);
        }

        await change;
        await pod.LoginAsync(user.Username, "another long password");
    }

    [Fact]
    public async Task No_session_starts_when_the_password_changed_since_it_was_checked()
    {
        var user = await pod.SignUpAsync();
        var checkedHash = await HashAsync(user);
        await ChangePasswordAsync(user, Guid.CreateVersion7(), Pod.Password, "another long password");

        Assert.False(await StartSessionAsync(user, checkedHash));
        Assert.Empty(await pod.SessionsAsync(user.Id));
        Assert.DoesNotContain(await pod.EventsAsync(user.Id), entry => entry.Type == EventTypes.LoggedIn);
        Assert.True(await StartSessionAsync(user, await HashAsync(user)));
    }

    [Fact]
    public async Task No_session_starts_for_a_user_who_was_disabled_or_deleted_during_the_login()
    {
        var (disabled, deleted) = (await pod.SignUpAsync(), await pod.SignUpAsync());
        var (one, other) = (await HashAsync(disabled), await HashAsync(deleted));
        await pod.Users.ChangeAsync(disabled.Id, new() { Disabled = true }, _ => true, null, Pod.Home, Cancel);
        await pod.Users.DeleteAsync(deleted.Id, _ => true, null, Cancel);

        Assert.False(await StartSessionAsync(disabled, one));
        Assert.False(await StartSessionAsync(deleted, other));
    }

    [Fact]
    public async Task A_new_password_ends_the_other_sessions_and_keeps_this_one()
    {
        var user = await pod.SignUpAsync();
        var (mine, other) = (await pod.LoginAsync(user.Username), await pod.LoginAsync(user.Username, client: Pod.Stranger));
        await ChangePasswordAsync(user, Pod.SessionOf(mine), Pod.Password, "another long password");

        Assert.True(await pod.AcceptsAsync(mine.AccessToken));
        Assert.False(await pod.AcceptsAsync(other.AccessToken));
        await pod.Sessions.RefreshAsync(mine.RefreshToken, Pod.Home, Cancel);
        await Pod.RefusedAsync(Refusal.Unauthenticated, () => pod.Sessions.RefreshAsync(other.RefreshToken, Pod.Home, Cancel));
        await Pod.RefusedAsync(Refusal.Unauthenticated, () => pod.LoginAsync(user.Username));
        await pod.LoginAsync(user.Username, "another long password");
        Assert.Equal(
            Pod.SessionOf(mine),
            (await pod.EventsAsync(user.Id)).Single(entry => entry.Type == EventTypes.PasswordChanged).SessionId
        );
    }

    [Fact]
    public async Task A_session_that_starts_with_the_old_password_while_it_is_changed_is_ended()
    {
        var user = await pod.SignUpAsync();
        var hash = await HashAsync(user);
        var token = RefreshToken.Create(user.Id, Guid.CreateVersion7());
        Task<SessionStore.StartedSession?> started;
        Task<Guid[]?> changed;
        await using (var connection = await database.Database.OpenAsync(Cancel))
        await using (var same = await connection.BeginTransactionAsync(Cancel))
        {
            // Blocks the login between reading the password and its commit.
            await using var row = new NpgsqlCommand(
                $"insert into sessions (user_id, id, family_hash, token_hash, expires_at) values ('{user.Id}', '{token.SessionId}', "
                    + "'', '', now())",
                connection,
                same
            );
            await row.ExecuteNonQueryAsync(Cancel);
            started = database.Sessions.StartAsync(token, hash, Limits, Pod.Home, Cancel);
            await database.LockedAsync(1);
            changed = database.Credentials.ChangePasswordAsync(user.Id, user.Version, "another hash", null, Pod.Home, Cancel);
            await database.LockedAsync(2);
        }

        Assert.Equal(Role.User, (await started)?.Role);
        Assert.Equal([token.SessionId], (await changed)!);
        Assert.Empty(await pod.SessionsAsync(user.Id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_demotion_during_a_login_or_a_refresh_is_in_the_token(bool refresh)
    {
        var user = await pod.SignUpAsync();
        await pod.Users.ChangeAsync(user.Id, new() { Role = Role.Admin }, _ => true, null, Pod.Home, Cancel);
        var before = await pod.LoginAsync(user.Username);
        Task<TokenPair> tokens;
        await using (var connection = await database.Database.OpenAsync(Cancel))
        await using (var demotion = await connection.BeginTransactionAsync(Cancel))
        {
            await using var row = new NpgsqlCommand(
                $"update users set role = 'user', version = version + 1 where id = '{user.Id}'",
                connection,
                demotion
            );
            await row.ExecuteNonQueryAsync(Cancel);
            tokens = refresh ? pod.Sessions.RefreshAsync(before.RefreshToken, Pod.Home, Cancel) : pod.LoginAsync(user.Username);
            // It has read the user, who is still an administrator for it, and waits.
            await Task.WhenAny(tokens, database.LockedAsync(1));
            await demotion.CommitAsync(Cancel);
        }

        Assert.Equal("user", (await pod.Tokens.ValidateAsync((await tokens).AccessToken)).ClaimsIdentity.FindFirst("role")!.Value);
    }

    [Fact]
    public async Task A_new_password_needs_the_old_one_and_keeps_to_the_rules()
    {
        var user = await pod.SignUpAsync();
        var session = Pod.SessionOf(await pod.LoginAsync(user.Username));

        Assert.Equal(
            "current_password",
            Assert.Single(
                (await Pod.RefusedAsync(Refusal.Invalid, () => ChangePasswordAsync(user, session, Wrong, "another long password")))
                    .Errors
                    .Keys
            )
        );
        Assert.Equal(
            "new_password",
            Assert.Single(
                (await Pod.RefusedAsync(Refusal.Invalid, () => ChangePasswordAsync(user, session, Pod.Password, "short"))).Errors.Keys
            )
        );
        await Pod.RefusedAsync(
            Refusal.Stale,
            () => pod.OwnAccount.ChangePasswordAsync(user.Id, session, Pod.Password, "another long password", _ => false, Pod.Home, Cancel)
        );
        Assert.Null(await database.Credentials.ChangePasswordAsync(user.Id, user.Version + 1, "x", null, Pod.Home, Cancel));
        await pod.LoginAsync(user.Username);
    }

    [Fact]
    public async Task Guesses_of_the_old_password_are_slowed_down_too()
    {
        using var strict = Strict();
        var user = await strict.SignUpAsync();
        for (var i = 0; i < 3; i++)
            await Pod.RefusedAsync(
                Refusal.Invalid,
                () => strict.OwnAccount.ChangePasswordAsync(user.Id, default, Wrong, "another long password", _ => true, Pod.Home, Cancel)
            );

        await Pod.RefusedAsync(
            Refusal.TooMany,
            () =>
                strict.OwnAccount.ChangePasswordAsync(user.Id, default, Pod.Password, "another long password", _ => true, Pod.Home, Cancel)
        );
    }

    [Fact]
    public async Task After_too_many_failures_even_the_right_password_has_to_wait_on_every_pod()
    {
        using var strict = Strict();
        using var other = Strict();
        var user = await strict.SignUpAsync();
        for (var i = 0; i < 3; i++)
            await Pod.RefusedAsync(Refusal.Unauthenticated, () => strict.LoginAsync(user.Username, Wrong, Pod.Stranger));

        var refused = await Pod.RefusedAsync(Refusal.TooMany, () => other.LoginAsync(user.Username, client: Pod.Stranger));
        Assert.InRange(refused.RetryAfter!.Value, TimeSpan.FromTicks(1), strict.Options.AccountFailures.Leak);
        // Refusals do not count: otherwise a stranger could lock the account forever.
        Assert.Equal(3, await LevelAsync($"user:{user.Id}"), 1.0);
        await other.LoginAsync((await strict.SignUpAsync()).Username, client: Pod.Stranger);
    }

    [Fact]
    public async Task Unknown_names_are_slowed_down_like_known_ones()
    {
        using var strict = Strict();
        var name = Pod.NewName();
        for (var i = 0; i < 3; i++)
            await Pod.RefusedAsync(Refusal.Unauthenticated, () => strict.LoginAsync(i == 0 ? name.ToUpperInvariant() : name));

        await Pod.RefusedAsync(Refusal.TooMany, () => strict.LoginAsync(name));
    }

    [Fact]
    public async Task A_stranger_does_not_lock_the_owner_out_of_a_known_address()
    {
        using var strict = Strict();
        var user = await strict.SignUpAsync();
        await strict.LoginAsync(user.Username);
        for (var i = 0; i < 3; i++)
            await Pod.RefusedAsync(Refusal.Unauthenticated, () => strict.LoginAsync(user.Username, Wrong, Pod.Stranger));

        await Pod.RefusedAsync(Refusal.TooMany, () => strict.LoginAsync(user.Username, client: Pod.Stranger));
        await strict.LoginAsync(user.Username);
    }

    // Devices at home have different addresses, and change them every day.
    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:3:4:5:6", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    public async Task A_stranger_does_not_keep_the_owner_out_of_a_known_network(string first, string second, bool isKnown)
    {
        using var strict = Strict();
        var user = await strict.SignUpAsync();
        var session = await strict.LoginAsync(user.Username, client: Pod.Home);
        await strict.Sessions.RefreshAsync(session.RefreshToken, new(first, null), Cancel);
        for (var i = 0; i < 3; i++)
            await Pod.RefusedAsync(Refusal.Unauthenticated, () => strict.LoginAsync(user.Username, Wrong, Pod.Stranger));

        var login = () => strict.LoginAsync(user.Username, client: new(second, null));

        if (isKnown)
            await login();
        else
            await Pod.RefusedAsync(Refusal.TooMany, login);
    }

    [Fact]
    public async Task The_right_password_clears_the_failures_before_it()
    {
        using var strict = Strict();
        var user = await strict.SignUpAsync();
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 2; i++)
                await Pod.RefusedAsync(Refusal.Unauthenticated, () => strict.LoginAsync(user.Username, Wrong));
            await strict.LoginAsync(user.Username);
        }
    }

    [Fact]
    public async Task One_address_that_tries_many_names_is_slowed_down_and_others_are_not()
    {
        using var strict = Strict(addressCapacity: 4);
        var user = await strict.SignUpAsync();
        var here = new Client("203.0.113.5", null);
        for (var i = 0; i < 4; i++)
            await Pod.RefusedAsync(Refusal.Unauthenticated, () => strict.LoginAsync(Pod.NewName(), client: here));

        await Pod.RefusedAsync(Refusal.TooMany, () => strict.LoginAsync(user.Username, client: here));
        await strict.LoginAsync(user.Username, client: new("203.0.113.6", null));
    }

    [Fact]
    public async Task Many_right_passwords_from_one_address_are_never_slowed_down()
    {
        using var strict = Strict(addressCapacity: 2);
        var user = await strict.SignUpAsync();
        var here = new Client("203.0.113.50", null);

        for (var i = 0; i < 20; i++)
            await strict.LoginAsync(user.Username, client: here);
    }

    [Fact]
    public async Task Failures_in_the_database_add_up_and_leak_as_the_rule_says()
    {
        var subject = $"test:{Guid.NewGuid()}";
        var bucket = new LeakyBucket(5, TimeSpan.FromSeconds(100));
        double level = 0;
        foreach (var age in (int[])[0, 30, 250, 0, 10, 1000, 0, 99])
        {
            await AgeAsync(subject, age);
            level = Math.Min(bucket.Capacity, bucket.LevelAfter(level, TimeSpan.FromSeconds(age)) + 1);
            await database.LoginFailures.AddAsync(subject, bucket, Cancel);

            var read = Assert.Single(await database.LoginFailures.ReadAsync([subject, "test:none"], Cancel));
            // However slow the machine is: what leaks between two statements is little beside the leak.
            Assert.Equal(level, read.Level, 0.2);
            Assert.InRange(read.Age, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        }

        await database.LoginFailures.ForgetAsync(subject, Cancel);
        Assert.Empty(await database.LoginFailures.ReadAsync([subject], Cancel));
    }

    [Fact]
    public async Task However_many_failures_come_at_once_the_wait_is_no_longer_than_one_leak()
    {
        var subject = $"test:{Guid.NewGuid()}";
        var bucket = new LeakyBucket(5, TimeSpan.FromHours(1));
        await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => database.LoginFailures.AddAsync(subject, bucket, Cancel)));

        var read = Assert.Single(await database.LoginFailures.ReadAsync([subject], Cancel));
        Assert.Equal(5, read.Level, 0.2);
        Assert.InRange(bucket.WaitAfter(read.Level, read.Age), TimeSpan.FromMinutes(30), bucket.Leak);
    }

    [Fact]
    public async Task Logins_beyond_a_full_hashing_queue_get_503_with_Retry_After()
    {
        using var small = new Pod(database.Database, options => (options.HashingThreads, options.HashingQueue) = (1, 0));
        var user = await small.SignUpAsync();
        using (await small.Hasher.EnterAsync(Cancel))
        {
            await Pod.RefusedAsync(Refusal.Busy, () => small.LoginAsync(user.Username));
            await Pod.RefusedAsync(Refusal.Busy, () => small.SignUpAsync());
            await Pod.RefusedAsync(
                Refusal.Busy,
                () =>
                    small.OwnAccount.ChangePasswordAsync(
                        user.Id,
                        default,
                        Pod.Password,
                        "another long password",
                        _ => true,
                        Pod.Home,
                        Cancel
                    )
            );
        }

        await small.LoginAsync(user.Username);
    }

    // Leaks of an hour, so that nothing leaks while a test runs.
    Pod Strict(int addressCapacity = 1000) =>
        new(
            database.Database,
            options =>
            {
                options.AccountFailures = options.KnownAddressFailures = new(3, TimeSpan.FromHours(1));
                options.AddressFailures = new(addressCapacity, TimeSpan.FromHours(1));
            }
        );

    Task ChangePasswordAsync(User user, Guid session, string before, string after) =>
        pod.OwnAccount.ChangePasswordAsync(user.Id, session, before, after, _ => true, Pod.Home, Cancel);

    async Task<bool> StartSessionAsync(User user, string hash) =>
        await database.Sessions.StartAsync(RefreshToken.Create(user.Id, Guid.CreateVersion7()), hash, Limits, Pod.Home, Cancel) is not null;

    async Task<string> HashAsync(User user) => (await database.Credentials.ReadAsync(user.Id, "", Cancel))!.PasswordHash;

    async Task<double> LevelAsync(string subject) => (await database.LoginFailures.ReadAsync([subject], Cancel)).Single().Level;

    Task AgeAsync(string subject, int seconds) =>
        database.SqlAsync($"update login_failures set updated_at = updated_at - interval '{seconds} seconds' where subject = '{subject}'");
}
