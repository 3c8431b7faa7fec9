using System.Text;
using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Core.Tests.Accounts;

/// <summary>Signing up, changing and deleting users.</summary>
public sealed class UserTests(AccountsDatabase database) : IClassFixture<AccountsDatabase>, IDisposable
{
    readonly Pod pod = new(database.Database);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => pod.Dispose();

    [Fact]
    public async Task A_new_user_is_read_back_as_they_signed_up()
    {
        var name = Pod.NewName();
        var user = await pod.SignUpAsync(name, $"{name}@example.com");

        Assert.Equal(
            (name, $"{name}@example.com", Role.User, false, 1L),
            (user.Username, user.Email, user.Role, user.Disabled, user.Version)
        );
        Assert.Equal(DateTimeKind.Utc, user.CreatedAt.Kind);
        Assert.Equal(7, user.Id.Version);
        Assert.Equal(user, await pod.Users.ReadAsync(user.Id, Cancel));
        Assert.Equal(user, await pod.Users.ReadActiveAsync(user.Id, Cancel));
        Assert.Equal(EventTypes.SignedUp, Assert.Single(await pod.EventsAsync(user.Id)).Type);
    }

    [Fact]
    public async Task The_password_is_nowhere_in_the_database()
    {
        var user = await pod.SignUpAsync();
        var row = (string)(await database.SqlAsync($"select to_jsonb(users)::text from users where id = '{user.Id}'"))!;

        Assert.DoesNotContain(Pod.Password, row, StringComparison.Ordinal);
        Assert.DoesNotContain(PasswordPolicy.Prehash(Pod.Password), row, StringComparison.Ordinal);
        Assert.Contains("$2a$04$", row, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_validation_errors_are_returned_at_once()
    {
        var refused = await Pod.RefusedAsync(Refusal.Invalid, () => pod.Signup.SignUpAsync("", "short", "nowhere", Pod.Home, Cancel));
        Assert.Equal(["email", "password", "username"], refused.Errors.Keys.Order());
    }

    [Fact]
    public async Task Of_many_concurrent_signups_with_one_name_exactly_one_succeeds()
    {
        using var other = new Pod(database.Database);
        var name = Pod.NewName();
        string[] spellings = [name, name.ToUpperInvariant(), name.Replace("user", "Ｕser", StringComparison.Ordinal)];
        var outcomes = await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(async i =>
                {
                    try
                    {
                        return await (i % 2 == 0 ? pod : other).SignUpAsync(spellings[i % spellings.Length]);
                    }
                    catch (RefusedException e) when (e.Refusal == Refusal.Conflict)
                    {
                        Assert.Equal("username", Assert.Single(e.Errors.Keys));
                        return null;
                    }
                })
        );

        var user = Assert.Single(outcomes.OfType<User>());
        Assert.Equal(2L, await database.SqlAsync($"select count(*) from identifiers where user_id = '{user.Id}'"));
        Assert.Equal(1L, await database.SqlAsync($"select count(*) from users where lower(normalize(username, nfkc)) = '{name}'"));
    }

    [Fact]
    public async Task A_signup_that_loses_the_email_in_a_race_does_not_keep_the_username()
    {
        var email = $"{Pod.NewName()}@example.com";
        string[] usernames = [.. Enumerable.Range(0, 8).Select(_ => Pod.NewName())];
        var outcomes = await Task.WhenAll(
            usernames.Select(async name =>
            {
                try
                {
                    return await pod.SignUpAsync(name, email);
                }
                catch (RefusedException e) when (e.Refusal == Refusal.Conflict)
                {
                    Assert.Equal("email", Assert.Single(e.Errors.Keys));
                    return null;
                }
            })
        );

        var winner = Assert.Single(outcomes.OfType<User>());
        foreach (var name in usernames.Where(name => name != winner.Username))
            await pod.SignUpAsync(name);
    }

    [Fact]
    public async Task The_store_refuses_a_taken_name_even_without_an_earlier_check()
    {
        var user = await pod.SignUpAsync(null, $"{Pod.NewName()}@example.com");
        var id = Guid.CreateVersion7();
        var (added, taken) = await database.Users.AddAsync(
            id,
            Pod.NewName(),
            user.Email!.ToUpperInvariant(),
            Role.User,
            "",
            EventTypes.SignedUp,
            null,
            Pod.Home,
            Cancel
        );

        Assert.Null(added);
        Assert.Equal([user.Email], taken);
        Assert.Equal(
            0L,
            await database.SqlAsync(
                $"select (select count(*) from users where id = '{id}') + (select count(*) from identifiers where user_id = '{id}') + "
                    + $"(select count(*) from account_events where user_id = '{id}')"
            )
        );
    }

    [Fact]
    public async Task Composed_decomposed_and_wide_spellings_of_a_name_are_one_name()
    {
        var name = Pod.NewName() + "é";
        await pod.SignUpAsync(name);

        foreach (
            var spelling in (string[])
                [
                    name.Normalize(NormalizationForm.FormD),
                    name.ToUpperInvariant(),
                    name.Replace("user", "ｕｓｅｒ", StringComparison.Ordinal),
                ]
        )
            await Pod.RefusedAsync(Refusal.Conflict, () => pod.SignUpAsync(spelling));
        Assert.NotEmpty((await pod.LoginAsync(name.Normalize(NormalizationForm.FormD).ToUpperInvariant())).AccessToken);
    }

    [Fact]
    public async Task A_username_cannot_be_taken_as_an_email_nor_the_reverse()
    {
        var email = $"{Pod.NewName()}@example.com";
        // As older accounts have it.
        Assert.NotNull(
            (
                await database.Users.AddAsync(
                    Guid.CreateVersion7(),
                    email,
                    null,
                    Role.User,
                    "",
                    EventTypes.SignedUp,
                    null,
                    Pod.Home,
                    Cancel
                )
            ).User
        );
        var other = $"{Pod.NewName()}@example.com";
        await pod.SignUpAsync(null, other);

        Assert.Equal(
            "email",
            Assert.Single((await Pod.RefusedAsync(Refusal.Conflict, () => pod.SignUpAsync(null, email.ToUpperInvariant()))).Errors.Keys)
        );
        Assert.Equal(
            "username",
            Assert.Single((await Pod.RefusedAsync(Refusal.Invalid, () => pod.SignUpAsync(other.ToUpperInvariant()))).Errors.Keys)
        );
    }

    // As in accounts created before usernames that look like email addresses were forbidden.
    [Fact]
    public async Task A_username_that_is_an_email_address_still_logs_in_and_may_stay_or_be_changed()
    {
        var (email, name, other) = ($"{Pod.NewName()}@example.com", Pod.NewName(), $"{Pod.NewName()}@example.com");
        var user = (
            await database.Users.AddAsync(
                Guid.CreateVersion7(),
                email,
                email,
                Role.User,
                BCrypt.Net.BCrypt.HashPassword(PasswordPolicy.Prehash(Pod.Password), 4),
                EventTypes.SignedUp,
                null,
                Pod.Home,
                Cancel
            )
        ).User!;
        await pod.LoginAsync(email);
        user = await ChangeAsync(user, new() { Email = (true, other) });
        await pod.LoginAsync(email);
        await pod.LoginAsync(other);

        await Pod.RefusedAsync(Refusal.Invalid, () => ChangeAsync(user, new() { Username = other }));
        user = await ChangeAsync(user, new() { Username = name });
        await Pod.RefusedAsync(Refusal.Unauthenticated, () => pod.LoginAsync(email));
        Assert.Equal(3L, await database.SqlAsync($"select count(*) from identifiers where user_id = '{user.Id}'"));
    }

    [Fact]
    public async Task Changing_names_releases_the_old_ones_and_takes_the_new_ones()
    {
        var (old, now) = (Pod.NewName(), Pod.NewName());
        var user = await pod.SignUpAsync(old, $"{old}@example.com");
        var changed = await ChangeAsync(user, new() { Username = now, Email = (true, $"{now}@example.com") });

        Assert.Equal((now, $"{now}@example.com", user.Version + 1), (changed.Username, changed.Email, changed.Version));
        await Pod.RefusedAsync(Refusal.Unauthenticated, () => pod.LoginAsync(old));
        await Pod.RefusedAsync(Refusal.Conflict, () => pod.SignUpAsync(now));
        await Pod.RefusedAsync(Refusal.Conflict, () => pod.SignUpAsync(null, $"{now}@example.com"));
        await pod.SignUpAsync(old, $"{old}@example.com");
        await pod.LoginAsync(now);
    }

    [Fact]
    public async Task A_name_may_change_its_case()
    {
        var (name, email) = (Pod.NewName(), $"{Pod.NewName()}@example.com");
        var user = await pod.SignUpAsync(name, email);

        user = await ChangeAsync(user, new() { Username = name.ToUpperInvariant(), Email = (true, email.ToUpperInvariant()) });

        Assert.Equal((name.ToUpperInvariant(), email.ToUpperInvariant()), (user.Username, user.Email));
        Assert.Equal(3L, await database.SqlAsync($"select count(*) from identifiers where user_id = '{user.Id}'"));
    }

    [Fact]
    public async Task A_change_to_a_taken_name_changes_nothing()
    {
        var (holder, user) = (await pod.SignUpAsync(), await pod.SignUpAsync());

        var refused = await Pod.RefusedAsync(
            Refusal.Conflict,
            () => ChangeAsync(user, new() { Username = holder.Username.ToUpperInvariant(), Email = (true, $"{Pod.NewName()}@example.com") })
        );
        Assert.Equal("username", Assert.Single(refused.Errors.Keys));
        Assert.Equal(user, await pod.Users.ReadAsync(user.Id, Cancel));
        Assert.Equal(2L, await database.SqlAsync($"select count(*) from identifiers where user_id = '{user.Id}'"));
    }

    [Fact]
    public async Task A_change_of_a_stale_version_is_refused_and_changes_nothing()
    {
        var user = await pod.SignUpAsync();
        var changed = await ChangeAsync(user, new() { Role = Role.Inspector });
        var name = Pod.NewName();

        await Pod.RefusedAsync(
            Refusal.Stale,
            () => pod.Users.ChangeAsync(user.Id, new() { Username = name }, version => version == user.Version, user.Id, Pod.Home, Cancel)
        );
        var (none, taken, ended) = await database.Users.UpdateAsync(
            user,
            user with
            {
                Username = name,
            },
            true,
            [EventTypes.ProfileChanged],
            null,
            Pod.Home,
            Cancel
        );

        Assert.Null(none);
        Assert.Empty(taken);
        Assert.Empty(ended);
        Assert.Equal(changed, await pod.Users.ReadAsync(user.Id, Cancel));
        Assert.DoesNotContain(await pod.EventsAsync(user.Id), entry => entry.Type == EventTypes.ProfileChanged);
        await pod.SignUpAsync(name);
    }

    [Fact]
    public async Task Concurrent_changes_without_a_condition_are_all_applied()
    {
        var user = await pod.SignUpAsync();
        var email = $"{Pod.NewName()}@example.com";
        await Task.WhenAll(
            pod.Users.ChangeAsync(user.Id, new() { Email = (true, email) }, _ => true, null, Pod.Home, Cancel),
            pod.Users.ChangeAsync(user.Id, new() { Role = Role.Inspector }, _ => true, null, Pod.Home, Cancel),
            pod.Users.ChangeAsync(user.Id, new() { Username = user.Username + "x" }, _ => true, null, Pod.Home, Cancel)
        );

        var after = await pod.Users.ReadAsync(user.Id, Cancel);
        Assert.Equal(
            (user.Username + "x", email, Role.Inspector, user.Version + 3),
            (after.Username, after.Email, after.Role, after.Version)
        );
    }

    [Fact]
    public async Task A_change_that_changes_nothing_leaves_the_version_and_no_trace()
    {
        var user = await pod.SignUpAsync();
        Assert.Equal(
            user,
            await ChangeAsync(
                user,
                new()
                {
                    Username = user.Username,
                    Email = (true, null),
                    Role = Role.User,
                    Disabled = false,
                }
            )
        );
        Assert.Equal(user, await ChangeAsync(user, new()));
        Assert.Single(await pod.EventsAsync(user.Id));
    }

    [Fact]
    public async Task An_administrators_change_is_in_the_users_audit_trail_with_the_actor()
    {
        var user = await pod.SignUpAsync();
        var admin = Guid.CreateVersion7();
        await pod.Users.ChangeAsync(
            user.Id,
            new()
            {
                Username = Pod.NewName(),
                Role = Role.Admin,
                Disabled = true,
            },
            _ => true,
            admin,
            Pod.Stranger,
            Cancel
        );

        var events = (await pod.EventsAsync(user.Id)).Where(entry => entry.Type != EventTypes.SignedUp).ToList();
        Assert.Equal([EventTypes.Disabled, EventTypes.ProfileChanged, EventTypes.RoleChanged], events.Select(entry => entry.Type).Order());
        Assert.All(
            events,
            entry => Assert.Equal((admin, Pod.Stranger.Address, Pod.Stranger.UserAgent), (entry.ActorId, entry.Address, entry.UserAgent))
        );
    }

    [Fact]
    public async Task Disabling_or_demoting_a_user_ends_the_sessions_and_promoting_keeps_them()
    {
        // The last administrator cannot be demoted.
        await ChangeAsync(await pod.SignUpAsync(), new() { Role = Role.Admin });
        var user = await pod.SignUpAsync();
        var pair = await pod.LoginAsync(user.Username);
        user = await ChangeAsync(user, new() { Role = Role.Admin });
        Assert.True(await pod.AcceptsAsync(pair.AccessToken));

        user = await ChangeAsync(user, new() { Role = Role.Inspector });
        Assert.False(await pod.AcceptsAsync(pair.AccessToken));
        await Pod.RefusedAsync(Refusal.Unauthenticated, () => pod.Sessions.RefreshAsync(pair.RefreshToken, Pod.Home, Cancel));

        var again = await pod.LoginAsync(user.Username);
        user = await ChangeAsync(user, new() { Disabled = true });
        Assert.False(await pod.AcceptsAsync(again.AccessToken));
        Assert.Null(await pod.Users.ReadActiveAsync(user.Id, Cancel));
        await Pod.RefusedAsync(Refusal.Unauthenticated, () => pod.LoginAsync(user.Username));
        await Pod.RefusedAsync(Refusal.Unauthenticated, () => pod.Sessions.RefreshAsync(again.RefreshToken, Pod.Home, Cancel));

        await ChangeAsync(user, new() { Disabled = false });
        await Pod.RefusedAsync(Refusal.Unauthenticated, () => pod.Sessions.RefreshAsync(again.RefreshToken, Pod.Home, Cancel));
        await pod.LoginAsync(user.Username);
    }

    [Fact]
    public async Task Deletion_removes_the_user_releases_the_names_and_ends_the_sessions()
    {
        var name = Pod.NewName();
        var user = await pod.SignUpAsync(name, $"{name}@example.com");
        var pair = await pod.LoginAsync(name);
        await pod.Users.DeleteAsync(user.Id, _ => true, user.Id, Cancel);

        await Pod.RefusedAsync(Refusal.NotFound, () => pod.Users.ReadAsync(user.Id, Cancel));
        await Pod.RefusedAsync(Refusal.Unauthenticated, () => pod.LoginAsync(name));
        await Pod.RefusedAsync(Refusal.Unauthenticated, () => pod.Sessions.RefreshAsync(pair.RefreshToken, Pod.Home, Cancel));
        Assert.False(await pod.AcceptsAsync(pair.AccessToken));
        Assert.Contains(Pod.SessionOf(pair), await database.Sessions.ReadEndedAsync(TimeSpan.FromHours(1), Cancel));
        Assert.Equal(0L, await database.SqlAsync($"select count(*) from identifiers where user_id = '{user.Id}'"));

        var next = await pod.SignUpAsync(name, $"{name}@example.com");
        Assert.NotEqual(user.Id, next.Id);
    }

    [Fact]
    public async Task Deletion_keeps_the_audit_trail_without_addresses()
    {
        var user = await pod.SignUpAsync();
        await pod.LoginAsync(user.Username);
        var admin = Guid.CreateVersion7();
        await pod.Users.DeleteAsync(user.Id, _ => true, admin, Cancel);

        var events = await pod.EventsAsync(user.Id);
        Assert.Equal([EventTypes.Deleted, EventTypes.LoggedIn, EventTypes.SignedUp], events.Select(entry => entry.Type));
        Assert.All(events, entry => Assert.Equal((null, null), (entry.Address, entry.UserAgent)));
        Assert.Equal(admin, events[0].ActorId);
        Assert.Equal(
            0L,
            await database.SqlAsync(
                $"select count(*) from sessions where user_id = '{user.Id}' and (address is not null or user_agent is not null or "
                    + "ended_at is null)"
            )
        );
    }

    [Fact]
    public async Task Deletion_of_a_stale_version_is_refused_and_of_an_unknown_user_not_found()
    {
        var user = await pod.SignUpAsync();
        await ChangeAsync(user, new() { Role = Role.Inspector });

        await Pod.RefusedAsync(Refusal.Stale, () => pod.Users.DeleteAsync(user.Id, version => version == user.Version, null, Cancel));
        Assert.Null(await database.Users.DeleteAsync(user, null, Cancel));
        Assert.NotNull(await pod.Users.ReadActiveAsync(user.Id, Cancel));
        await pod.LoginAsync(user.Username);
        await Pod.RefusedAsync(Refusal.NotFound, () => pod.Users.DeleteAsync(Guid.CreateVersion7(), _ => true, null, Cancel));
    }

    [Fact]
    public async Task A_change_of_name_and_a_deletion_at_once_do_not_block_each_other()
    {
        var (old, now) = (Pod.NewName(), Pod.NewName());
        var user = await pod.SignUpAsync(old);
        Task<Guid[]?> deletion;
        Task<(User? User, string[] Taken, Guid[] Ended)> change;
        await using (var connection = await database.Database.OpenAsync(Cancel))
        await using (var first = await connection.BeginTransactionAsync(Cancel))
        {
            await using var row = new Npgsql.NpgsqlCommand($"select from users where id = '{user.Id}' for update", connection, first);
            await row.ExecuteNonQueryAsync(Cancel);
            deletion = database.Users.DeleteAsync(user, null, Cancel);
            await database.LockedAsync(1);
            change = database.Users.UpdateAsync(
                user,
                user with
                {
                    Username = now,
                },
                false,
                [EventTypes.ProfileChanged],
                null,
                Pod.Home,
                Cancel
            );
            await database.LockedAsync(2);
        }

        Assert.NotNull(await deletion);
        Assert.Null((await change).User);
        await pod.SignUpAsync(old);
        await pod.SignUpAsync(now);
    }

    [Fact]
    public async Task Promotion_finds_the_user_by_any_spelling_and_makes_an_administrator()
    {
        var user = await pod.SignUpAsync(null, $"{Pod.NewName()}@example.com");
        Assert.Equal(
            Role.Admin,
            (await pod.Operators.ChangeAsync(user.Email!.ToUpperInvariant(), new() { Role = Role.Admin }, Cancel)).After.Role
        );
        Assert.True(await pod.Users.AnyAdministratorAsync(Cancel));
        var unknown = Pod.NewName();
        var refused = await Pod.RefusedAsync(
            Refusal.NotFound,
            () => pod.Operators.ChangeAsync(unknown, new() { Role = Role.Admin }, Cancel)
        );
        Assert.Contains(unknown, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_longest_name_fits_into_the_index_of_names()
    {
        // Each of these is one character that normalizes to four to six, each of three bytes; in random order so that they do not compress.
        string[] squares = [.. Enumerable.Range(0x3300, 0x58).Select(value => ((char)value).ToString())];
        var random = new Random(1);
        string Text(int length) => string.Concat(Enumerable.Range(0, length).Select(_ => squares[random.Next(squares.Length)]));

        var user = await pod.SignUpAsync(Text(64), $"{Text(64)}@{Text(40)}");
        await pod.LoginAsync(user.Email!);
    }

    Task<User> ChangeAsync(User user, UserChange change) =>
        pod.Users.ChangeAsync(user.Id, change, version => version == user.Version, user.Id, Pod.Home, Cancel);
}
