using System.Security.Cryptography;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Database;
using FunctionsApp.Core.Keys;
using FunctionsApp.Core.Tests.Accounts;
using FunctionsApp.Core.Tests.Database;
using FunctionsApp.Core.Tickets;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FunctionsApp.Core.Tests.Keys;

/// <summary>Each test has a database of its own: there is one set of keys in each.</summary>
public sealed class KeyRingTests(PostgresFixture postgres) : IAsyncLifetime
{
    const string OtherSecret = "Qm4vZ0x8c2Rk9TtY1uW5eA7iOp3sDfGhJkLzXcVbNm0=",
        Pem = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

    readonly AccountsDatabase database = new(postgres);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => database.InitializeAsync();

    public ValueTask DisposeAsync() => database.DisposeAsync();

    [Fact]
    public async Task Ten_servers_that_start_at_once_on_an_empty_database_have_the_same_keys()
    {
        var pods = Enumerable.Range(0, 10).Select(_ => NewPod()).ToList();
        await Task.WhenAll(pods.Select(pod => pod.Keys.StartAsync(Cancel)));

        Assert.Equal(3L, await database.SqlAsync("select count(*) from keys"));
        Assert.Single(pods.Select(pod => pod.Keys.Current.AccessTokens.Signing.KeyId).Distinct());
        Assert.Single(pods.Select(pod => pod.Keys.Current.TicketCodes.Signing.Kid).Distinct());
        Assert.Single(pods.Select(pod => Convert.ToHexString(pod.Keys.Current.Cursors.Signing.Secret)).Distinct());
        // One salt, so that a secret that goes through PBKDF2 does so once per process.
        Assert.Equal(1L, await database.SqlAsync("select count(distinct split_part(private_key, '.', 3)) from keys"));
        var token = await NewTokenAsync(pods[0]);
        foreach (var pod in pods)
        {
            Assert.True(await pod.AcceptsAsync(token));
            pod.Dispose();
        }
    }

    [Fact]
    public async Task A_restarted_server_finds_its_keys()
    {
        using var before = NewPod();
        var token = await NewTokenAsync(before);
        var code = new TicketCodes(before.Keys).Sign(new('t', Guid.CreateVersion7(), Guid.CreateVersion7()));
        var cursor = TestKeys.CursorsOf(before.Keys).Write("users", Guid.CreateVersion7());
        using var after = NewPod();

        Assert.True(await after.AcceptsAsync(token));
        Assert.True(new TicketCodes(after.Keys).TryRead(code, out _));
        Assert.True(TestKeys.CursorsOf(after.Keys).TryRead("users", cursor, out Guid _));
    }

    [Fact]
    public async Task A_new_key_is_published_first_and_signs_when_every_server_has_had_time_to_read_it()
    {
        using var pod = NewPod();
        using var other = NewPod();
        await pod.Keys.StartAsync(Cancel);
        await other.Keys.StartAsync(Cancel);
        var old = pod.Keys.Current.AccessTokens.Signing.KeyId;

        var (kid, signsFrom) = await Rotation(pod).RotateAsync(KeyPurpose.AccessTokens, Cancel);
        await pod.Keys.RunOnceAsync(Cancel);
        await other.Keys.RunOnceAsync(Cancel);

        Assert.True(Rotation(pod).Lead > KeyRotation.PublicKeyLifetime + 2 * pod.Options.RevocationInterval);
        Assert.InRange(
            signsFrom - (DateTime)(await database.SqlAsync("select now()"))!,
            Rotation(pod).Lead - TimeSpan.FromSeconds(30),
            Rotation(pod).Lead
        );
        Assert.All([pod, other], one => Assert.Equal(old, one.Keys.Current.AccessTokens.Signing.KeyId));
        Assert.All([pod, other], one => Assert.Equal(new[] { old, kid }.Order(), one.Keys.Current.AccessTokens.All.Keys.Order()));

        // Its time comes. Only one of the servers has noticed: the other knows the key all the same.
        await database.SqlAsync($"update keys set signs_from = now() where kid = '{kid}'");
        await pod.Keys.RunOnceAsync(Cancel);
        Assert.Equal(kid, pod.Keys.Current.AccessTokens.Signing.KeyId);
        await database.SqlAsync("alter table keys rename to away");
        Assert.True(await other.AcceptsAsync(await NewTokenAsync(pod)));
    }

    [Fact]
    public async Task A_retired_key_verifies_until_its_last_token_has_expired()
    {
        using var pod = NewPod();
        var before = await NewTokenAsync(pod);
        var old = pod.Keys.Current.AccessTokens.Signing.KeyId;
        var (kid, _) = await Rotation(pod).RotateAsync(KeyPurpose.AccessTokens, Cancel);
        await database.SqlAsync($"update keys set signs_from = now() - interval '15 minutes' where kid = '{kid}'");
        await database.SqlAsync($"update keys set signs_from = now() - interval '1 day' where kid = '{old}'");
        await pod.Keys.RunOnceAsync(Cancel);
        using var fresh = NewPod();
        Assert.All(await Task.WhenAll(pod.AcceptsAsync(before), fresh.AcceptsAsync(before)), Assert.True);

        await database.SqlAsync($"update keys set signs_from = now() - interval '17 minutes' where kid = '{kid}'");
        await pod.Keys.RunOnceAsync(Cancel);
        Assert.Equal(kid, Assert.Single(pod.Keys.Current.AccessTokens.All.Keys));
    }

    [Fact]
    public async Task Revoked_keys_are_refused_at_the_next_read_even_for_tokens_that_were_checked_before()
    {
        using var pod = NewPod();
        using var other = NewPod();
        var token = await NewTokenAsync(pod);
        Assert.True(await pod.AcceptsAsync(token));
        Assert.True(await other.AcceptsAsync(token));
        // One that is published and does not sign yet may be known to the thief as well.
        await Rotation(pod).RotateAsync(KeyPurpose.AccessTokens, Cancel);

        var (kid, revoked) = await Rotation(pod).RevokeAsync(KeyPurpose.AccessTokens, Cancel);
        await pod.Keys.RunOnceAsync(Cancel);
        await other.Keys.RunOnceAsync(Cancel);

        Assert.Equal(2, revoked);
        Assert.Equal(pod.Options.RevocationInterval, pod.Keys.Interval);
        foreach (var one in (Pod[])[pod, other])
        {
            Assert.Equal(kid, Assert.Single(one.Keys.Current.AccessTokens.All.Keys));
            Assert.False(await one.AcceptsAsync(token));
            Assert.True(await one.AcceptsAsync(await NewTokenAsync(pod)));
        }

        Assert.Single(pod.Keys.Current.TicketCodes.All);
    }

    [Fact]
    public async Task Keys_of_each_purpose_are_replaced_independently()
    {
        using var pod = NewPod();
        await pod.Keys.StartAsync(Cancel);
        var (codes, cursors) = (new TicketCodes(pod.Keys), TestKeys.CursorsOf(pod.Keys));
        var token = await NewTokenAsync(pod);
        var code = codes.Sign(new('t', Guid.CreateVersion7(), Guid.CreateVersion7()));
        var cursor = cursors.Write("users", Guid.CreateVersion7());

        foreach (var purpose in (KeyPurpose[])[KeyPurpose.TicketCodes, KeyPurpose.Cursors])
        {
            var (kid, _) = await Rotation(pod).RotateAsync(purpose, Cancel);
            await database.SqlAsync($"update keys set signs_from = now() - interval '1 hour' where kid = '{kid}'");
            await database.SqlAsync(
                $"update keys set signs_from = now() - interval '1 year' where purpose = '{purpose.Name()}' and kid <> '{kid}'"
            );
        }

        await pod.Keys.RunOnceAsync(Cancel);
        Assert.True(codes.TryRead(code, out _));
        Assert.True(cursors.TryRead("users", cursor, out Guid _));
        Assert.NotEqual(code.Split('.')[0], codes.Sign(new('t', Guid.CreateVersion7(), Guid.CreateVersion7())).Split('.')[0]);

        foreach (var purpose in (KeyPurpose[])[KeyPurpose.TicketCodes, KeyPurpose.Cursors])
            await Rotation(pod).RevokeAsync(purpose, Cancel);
        await pod.Keys.RunOnceAsync(Cancel);
        Assert.False(codes.TryRead(code, out _));
        Assert.False(cursors.TryRead("users", cursor, out Guid _));
        Assert.True(await pod.AcceptsAsync(token));
    }

    [Fact]
    public async Task A_server_looks_up_an_unknown_key_before_it_refuses_a_token()
    {
        using var one = NewPod();
        using var other = NewPod();
        await one.Keys.StartAsync(Cancel);
        await other.Keys.StartAsync(Cancel);
        await Rotation(one).RevokeAsync(KeyPurpose.AccessTokens, Cancel);
        await Rotation(one).RevokeAsync(KeyPurpose.TicketCodes, Cancel);
        await one.Keys.RunOnceAsync(Cancel);
        var code = new TicketCodes(one.Keys).Sign(new('p', Guid.CreateVersion7(), Guid.CreateVersion7()));

        // Also right after strangers have asked for keys that do not exist.
        Assert.Null(await other.Keys.FindAccessTokenKeyAsync(MadeUpKid(), Cancel));
        Assert.True(await other.AcceptsAsync(await NewTokenAsync(one)));
        using var third = NewPod();
        await third.Keys.StartAsync(Cancel);
        Assert.NotNull(await new TicketCodes(third.Keys).ReadAsync(code, Cancel));
    }

    [Fact]
    public async Task Unknown_key_ids_share_one_read_and_impossible_ones_cause_none()
    {
        var queries = new LogLines();
        await using var logged = new PostgresDatabase(
            database.ConnectionString,
            builder => builder.UseLoggerFactory(new OneLogger(queries))
        );
        using var pod = NewPod(keys: new KeyStore(logged));
        await pod.Keys.StartAsync(Cancel);
        var before = Count();

        foreach (var kid in (string[])["", "x", new('x', 42), new('x', 44), new('!', 43), new('x', 5000)])
            Assert.Null(await pod.Keys.FindAccessTokenKeyAsync(kid, Cancel));
        Assert.Equal(before, Count());

        // All of them arrive during the first read, which holds the only connection. They share the next one.
        var found = Enumerable.Range(0, 50).Select(_ => pod.Keys.FindAccessTokenKeyAsync(MadeUpKid(), Cancel).AsTask()).ToList();
        Assert.All(await Task.WhenAll(found), Assert.Null);
        Assert.InRange(Count() - before, 1, 2);

        int Count() =>
            queries
                .Text.Split('\n')
                .Count(line =>
                    line.Contains("Command execution completed", StringComparison.Ordinal)
                    && line.Contains("from keys", StringComparison.Ordinal)
                );
    }

    [Fact]
    public async Task With_the_database_unreachable_an_unknown_key_is_not_an_invalid_token_and_known_ones_are_checked()
    {
        using var pod = NewPod();
        using var stranger = new Pod(database.Database, keyOptions: new() { SigningKeys = [Pod.NewPem()] });
        var token = await NewTokenAsync(pod);
        await database.SqlAsync("alter table keys rename to away");

        Assert.True(await pod.AcceptsAsync(token));
        await Assert.ThrowsAsync<PostgresException>(async () => await pod.AcceptsAsync(await NewTokenAsync(stranger)));
        await database.SqlAsync("alter table away rename to keys");
        Assert.False(await pod.AcceptsAsync(await NewTokenAsync(stranger)));
    }

    [Fact]
    public async Task Private_keys_are_not_readable_without_the_secret_and_bound_to_their_id()
    {
        using var pod = NewPod();
        await pod.Keys.StartAsync(Cancel);
        var kid = pod.Keys.Current.AccessTokens.Signing.KeyId;
        var text = (string)(await database.SqlAsync($"select private_key from keys where kid = '{kid}'"))!;
        var (right, other) = (
            new KeyEncryption(new() { KeyEncryptionSecret = Pod.Secret }),
            new KeyEncryption(new() { KeyEncryptionSecret = OtherSecret })
        );
        using var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(right.Decrypt(KeyPurpose.AccessTokens, kid, text), out _);

        Assert.Equal(pod.Keys.Current.AccessTokens.Signing.Parameters.Modulus, rsa.ExportParameters(false).Modulus);
        Assert.ThrowsAny<CryptographicException>(() => other.Decrypt(KeyPurpose.AccessTokens, kid, text));
        Assert.ThrowsAny<CryptographicException>(() => right.Decrypt(KeyPurpose.AccessTokens, kid + "x", text));
        Assert.ThrowsAny<CryptographicException>(() => right.Decrypt(KeyPurpose.TicketCodes, kid, text));
    }

    [Fact]
    public async Task Keys_of_the_previous_version_are_read_and_encrypted_again()
    {
        using var rsa = RSA.Create(2048);
        using var before = new Pod(database.Database, keyOptions: new() { SigningKeys = [rsa.ExportPkcs8PrivateKeyPem()] });
        var token = await NewTokenAsync(before);
        var kid = before.Keys.Current.AccessTokens.Signing.KeyId;
        var pem = rsa.ExportEncryptedPkcs8PrivateKeyPem(
            Pod.Secret,
            new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 50_000)
        );
        await database.SqlAsync(
            $"insert into keys (kid, purpose, private_key, signs_from) values ('{kid}', 'access-tokens', '{pem}', now() - interval '1 day')"
        );

        using var pod = NewPod();
        await pod.Keys.StartAsync(Cancel);
        Assert.StartsWith(Pem, pem, StringComparison.Ordinal);
        Assert.Equal(kid, pod.Keys.Current.AccessTokens.Signing.KeyId);
        Assert.True(await pod.AcceptsAsync(token));
        Assert.Equal(0L, await database.SqlAsync($"select count(*) from keys where private_key like '{Pem}%'"));
        using var after = NewPod();
        Assert.True(await after.AcceptsAsync(token));
    }

    [Fact]
    public async Task A_different_secret_is_an_error_that_says_what_to_do_and_a_rotation_with_it_changes_nothing()
    {
        using var running = NewPod();
        await running.Keys.StartAsync(Cancel);
        using var wrong = NewPod(new() { KeyEncryptionSecret = OtherSecret });

        foreach (
            var act in (Func<Task>[])
                [
                    () => wrong.Keys.StartAsync(Cancel),
                    () => Rotation(wrong).RotateAsync(KeyPurpose.AccessTokens, Cancel),
                    () => Rotation(wrong).RevokeAsync(KeyPurpose.AccessTokens, Cancel),
                ]
        )
        {
            var error = await Assert.ThrowsAsync<ConfigurationException>(act);
            Assert.Contains("Accounts__KeyEncryptionSecret", error.Message, StringComparison.Ordinal);
            Assert.Contains("keys rotate --secret-lost", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(OtherSecret, error.ToString(), StringComparison.Ordinal);
        }

        Assert.Null(wrong.Keys.Cached);
        Assert.Equal(3L, await database.SqlAsync("select count(*) from keys where revoked_at is null"));

        // What the message says helps.
        Assert.Equal(3, await Rotation(wrong).ReplaceAllAsync(Cancel));
        await wrong.Keys.StartAsync(Cancel);
        var token = await NewTokenAsync(wrong);
        Assert.True(await wrong.AcceptsAsync(token));

        // A server that still runs with the old secret signs nothing more, and says so instead of failing.
        await running.Keys.RunOnceAsync(Cancel);
        await Pod.RefusedAsync(Refusal.Busy, () => NewTokenAsync(running));
        Assert.False(await running.AcceptsAsync(token));
    }

    [Fact]
    public async Task Keys_from_configuration_are_used_and_the_database_gets_none()
    {
        var (first, second) = (Pod.NewPem(), Pod.NewPem());
        using var before = NewPod(new() { SigningKeys = [second] });
        using var pod = NewPod(new() { SigningKeys = [first, second] });
        var old = await NewTokenAsync(before);
        var now = await NewTokenAsync(pod);

        Assert.True(await pod.AcceptsAsync(old));
        Assert.True(await pod.AcceptsAsync(now));
        Assert.False(await before.AcceptsAsync(now));
        Assert.Equal(2, pod.Keys.Current.AccessTokens.All.Count);
        Assert.True(new TicketCodes(pod.Keys).TryRead(new TicketCodes(before.Keys).Sign(new('t', default, default)), out _));
        Assert.True(TestKeys.CursorsOf(pod.Keys).TryRead("users", TestKeys.CursorsOf(before.Keys).Write("users", Guid.Empty), out Guid _));
        Assert.Equal(0L, await database.SqlAsync("select count(*) from keys"));
        foreach (var purpose in Enum.GetValues<KeyPurpose>())
        {
            var error = await Assert.ThrowsAsync<ConfigurationException>(() => Rotation(pod).RotateAsync(purpose, Cancel));
            Assert.Contains("Accounts__SigningKeys__0", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task With_a_secret_only_the_purposes_without_configured_keys_are_in_the_database()
    {
        using var pod = NewPod(new() { SigningKeys = [Pod.Pem], KeyEncryptionSecret = Pod.Secret });
        await pod.Keys.StartAsync(Cancel);

        Assert.Equal("cursors,ticket-codes", await database.SqlAsync("select string_agg(purpose, ',' order by purpose) from keys"));
    }

    [Fact]
    public async Task The_same_key_twice_in_configuration_is_one_key()
    {
        using var pod = new Pod(database.Database, keyOptions: new() { SigningKeys = [Pod.Pem, Pod.Pem] });
        Assert.True(await pod.AcceptsAsync(await NewTokenAsync(pod)));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("public")]
    [InlineData("elliptic")]
    [InlineData("short")]
    public async Task An_invalid_RSA_key_is_an_error_that_names_the_setting(string kind)
    {
        using var rsa = RSA.Create(1024);
        using var elliptic = ECDsa.Create();
        var pem = kind switch
        {
            "public" => rsa.ExportSubjectPublicKeyInfoPem(),
            "elliptic" => elliptic.ExportPkcs8PrivateKeyPem(),
            "short" => rsa.ExportPkcs8PrivateKeyPem(),
            _ => kind,
        };
        using var pod = new Pod(database.Database, keyOptions: new() { SigningKeys = [Pod.Pem, pem] });

        var error = await Assert.ThrowsAsync<ConfigurationException>(() => pod.Keys.StartAsync(Cancel));
        Assert.Contains("Accounts__SigningKeys__1", error.Message, StringComparison.Ordinal);
    }

    Pod NewPod(KeyOptions? options = null, KeyStore? keys = null) =>
        new(
            database.Database,
            keyOptions: options ?? new() { KeyEncryptionSecret = Pod.Secret },
            keys: keys ?? new KeyStore(database.Database)
        );

    KeyRotation Rotation(Pod pod) => new(new KeyStore(database.Database), pod.Source, pod.Options.KeyTimes);

    static string MadeUpKid() => System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    static Task<string> NewTokenAsync(Pod pod) => pod.Tokens.CreateAsync(Guid.CreateVersion7(), Guid.CreateVersion7(), Role.User, Cancel);

    sealed class OneLogger(ILogger logger) : ILoggerFactory
    {
        public void AddProvider(ILoggerProvider provider) { }

        public ILogger CreateLogger(string categoryName) => logger;

        public void Dispose() { }
    }
}
