using System.Security.Cryptography;
using Core.Accounts;
using Core.Database;
using Core.Tests.Database;
using Microsoft.Extensions.Logging;

namespace Core.Tests.Accounts;

/// <summary>Each test has a database of its own: there is one set of keys in each.</summary>
public sealed class SigningKeysTests(PostgresFixture postgres) : IAsyncLifetime
{
    readonly AccountsDatabase database = new(postgres);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => database.InitializeAsync();

    public ValueTask DisposeAsync() => database.DisposeAsync();

    [Fact]
    public async Task Ten_instances_that_start_at_once_on_an_empty_database_have_the_same_one_key()
    {
        var pods = Enumerable.Range(0, 10).Select(_ => NewPod()).ToList();
        await Task.WhenAll(pods.Select(pod => pod.Keys.StartAsync(Cancel)));

        Assert.Single(pods.Select(pod => pod.Keys.Cached!.Signing.KeyId).Distinct());
        Assert.All(pods, pod => Assert.Single(pod.Keys.Cached!.All));
        Assert.Equal(1L, await database.SqlAsync("select count(*) from signing_keys"));
        var token = await NewTokenAsync(pods[0]);
        foreach (var pod in pods)
        {
            Assert.True(await pod.AcceptsAsync(token));
            pod.Dispose();
        }
    }

    [Fact]
    public async Task A_restart_finds_the_key_of_before()
    {
        using var before = NewPod();
        var token = await NewTokenAsync(before);
        using var after = NewPod();

        Assert.True(await after.AcceptsAsync(token));
    }

    [Fact]
    public async Task The_private_key_is_not_readable_without_the_secret()
    {
        using var pod = NewPod();
        await pod.Keys.StartAsync(Cancel);
        var text = (string)(await database.SqlAsync("select private_key from signing_keys"))!;
        using var rsa = RSA.Create();

        Assert.Contains("BEGIN ENCRYPTED PRIVATE KEY", text, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => rsa.ImportFromPem(text));
        Assert.ThrowsAny<CryptographicException>(() => rsa.ImportFromEncryptedPem(text, ""));
        Assert.ThrowsAny<CryptographicException>(() => rsa.ImportFromEncryptedPem(text, Pod.Secret + "x"));
        rsa.ImportFromEncryptedPem(text, Pod.Secret);
        Assert.Equal(pod.Keys.Cached!.Signing.Parameters.Modulus, rsa.ExportParameters(false).Modulus);
    }

    [Fact]
    public async Task Another_secret_is_an_error_that_says_what_to_do()
    {
        const string Other = "the secret of some other service, long enough";
        using var first = NewPod();
        await first.Keys.StartAsync(Cancel);
        using var wrong = NewPod(options => options.KeyEncryptionSecret = Other);

        var error = await Assert.ThrowsAsync<ConfigurationException>(() => wrong.Keys.StartAsync(Cancel));
        Assert.Contains("Accounts__KeyEncryptionSecret", error.Message, StringComparison.Ordinal);
        Assert.Contains("keys rotate", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Other, error.ToString(), StringComparison.Ordinal);
        Assert.Null(wrong.Keys.Cached);

        // What the message says helps.
        await wrong.Keys.RotateAsync(Cancel);
        await wrong.Keys.StartAsync(Cancel);
        Assert.True(await wrong.AcceptsAsync(await NewTokenAsync(wrong)));
    }

    [Fact]
    public async Task After_a_rotation_the_new_key_signs_and_the_old_ones_tokens_are_good_until_they_expire()
    {
        var time = new ManualTime();
        using var pod = NewPod(time: time);
        var before = await NewTokenAsync(pod);
        var old = pod.Keys.Cached!.Signing.KeyId;
        var rotated = await pod.Keys.RotateAsync(Cancel);
        await pod.Keys.RunOnceAsync(Cancel);

        Assert.Equal(rotated, pod.Keys.Cached!.Signing.KeyId);
        Assert.Equal(new[] { old, rotated }.Order(), pod.Keys.Cached!.All.Keys.Order());
        using var fresh = NewPod(time: time);
        foreach (var one in (Pod[])[pod, fresh])
        {
            Assert.True(await one.AcceptsAsync(before));
            Assert.True(await one.AcceptsAsync(await NewTokenAsync(pod)));
        }

        // When the last token of the old key has expired, it is gone.
        await database.SqlAsync("update signing_keys set retired_at = retired_at - interval '20 minutes'");
        await pod.Keys.RunOnceAsync(Cancel);
        Assert.Equal(rotated, Assert.Single(pod.Keys.Cached!.All.Keys));
    }

    [Fact]
    public async Task Rotations_at_once_leave_one_key_that_signs()
    {
        await database.Store.AddFirstSigningKeyAsync("first", "", Cancel);
        Task[] rotations;
        await using (var connection = await database.Database.OpenAsync(Cancel))
        await using (var holder = await connection.BeginTransactionAsync(Cancel))
        {
            await using var row = new Npgsql.NpgsqlCommand("update signing_keys set created_at = now()", connection, holder);
            await row.ExecuteNonQueryAsync(Cancel);
            rotations = [.. Enumerable.Range(0, 3).Select(i => database.Store.RotateSigningKeyAsync($"key {i}", "", Cancel))];
            await database.LockedAsync(3);
        }

        await Task.WhenAll(rotations);
        Assert.Equal(4, (await database.Store.ReadSigningKeysAsync(TimeSpan.FromHours(1), Cancel)).Count);
        Assert.Equal(1L, await database.SqlAsync("select count(*) from signing_keys where retired_at is null"));
    }

    [Fact]
    public async Task A_pod_that_does_not_know_the_new_key_looks_for_it_at_once()
    {
        var time = new ManualTime();
        using var one = NewPod(time: time);
        using var other = NewPod(time: time);
        await one.Keys.StartAsync(Cancel);
        await other.Keys.StartAsync(Cancel);
        await one.Keys.RotateAsync(Cancel);
        await one.Keys.RunOnceAsync(Cancel);
        var token = await NewTokenAsync(one);

        Assert.False(await other.AcceptsAsync(token));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await other.AcceptsAsync(token));
    }

    [Fact]
    public async Task Made_up_key_ids_are_looked_for_at_most_once_a_second()
    {
        var queries = new LogLines();
        await using var logged = new PostgresDatabase(database.ConnectionString, builder => builder.UseLoggerFactory(new OneLogger(queries)));
        var time = new ManualTime();
        using var pod = new Pod(new AccountStore(logged), options => options.SigningKeys = [], time);
        await pod.Keys.StartAsync(Cancel);
        var before = Count();

        await FindManyAsync();
        Assert.Equal(before, Count());

        for (var second = 1; second <= 3; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await FindManyAsync();
            Assert.Equal(before + second, Count());
        }

        int Count() => queries.Text.Split('\n').Count(line => line.Contains("Command execution completed", StringComparison.Ordinal) && line.Contains("from signing_keys", StringComparison.Ordinal));

        async Task FindManyAsync() =>
            Assert.All(await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => pod.Keys.FindAsync($"made up {i}", Cancel).AsTask()))), Assert.Null);
    }

    [Fact]
    public async Task Keys_from_configuration_are_used_and_the_database_gets_none()
    {
        var (first, second) = (Pod.NewPem(), Pod.NewPem());
        using var before = NewPod(options => options.SigningKeys = [second]);
        using var pod = NewPod(options => (options.SigningKeys, options.KeyEncryptionSecret) = ([first, second], null));
        var old = await NewTokenAsync(before);
        var now = await NewTokenAsync(pod);

        Assert.True(await pod.AcceptsAsync(old));
        Assert.True(await pod.AcceptsAsync(now));
        Assert.False(await before.AcceptsAsync(now));
        Assert.Equal(2, pod.Keys.Cached!.All.Count);
        Assert.NotEqual(before.Keys.Cached!.Signing.KeyId, pod.Keys.Cached!.Signing.KeyId);
        Assert.Equal(0L, await database.SqlAsync("select count(*) from signing_keys"));
        Assert.Contains("Accounts__SigningKeys__0", (await Assert.ThrowsAsync<ConfigurationException>(() => pod.Keys.RotateAsync(Cancel))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_key_twice_in_configuration_is_one_key()
    {
        using var pod = NewPod(options => options.SigningKeys = [Pod.Pem, Pod.Pem]);
        Assert.True(await pod.AcceptsAsync(await NewTokenAsync(pod)));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("public")]
    [InlineData("elliptic")]
    [InlineData("short")]
    public async Task What_is_no_private_RSA_key_is_an_error_that_names_the_setting(string kind)
    {
        using var rsa = RSA.Create(1024);
        using var elliptic = ECDsa.Create();
        var pem = kind switch { "public" => rsa.ExportSubjectPublicKeyInfoPem(), "elliptic" => elliptic.ExportPkcs8PrivateKeyPem(), "short" => rsa.ExportPkcs8PrivateKeyPem(), _ => kind };
        using var pod = NewPod(options => options.SigningKeys = [Pod.Pem, pem]);

        var error = await Assert.ThrowsAsync<ConfigurationException>(() => pod.Keys.StartAsync(Cancel));
        Assert.Contains("Accounts__SigningKeys__1", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("thirty-one characters, one less")]
    public void A_secret_that_is_missing_or_short_is_an_error_that_says_how_to_make_one(string? secret)
    {
        var error = Assert.Throws<ConfigurationException>(() => new AccountOptions { KeyEncryptionSecret = secret }.Check());
        Assert.Contains("Accounts__KeyEncryptionSecret", error.Message, StringComparison.Ordinal);
        new AccountOptions { KeyEncryptionSecret = secret, SigningKeys = ["a key"] }.Check();
        new AccountOptions { KeyEncryptionSecret = Pod.Secret }.Check();
    }

    Pod NewPod(Action<AccountOptions>? configure = null, TimeProvider? time = null) => new(database.Store, options =>
    {
        options.SigningKeys = [];
        configure?.Invoke(options);
    }, time);

    static Task<string> NewTokenAsync(Pod pod) => pod.Tokens.CreateAsync(Guid.CreateVersion7(), Guid.CreateVersion7(), Role.User, Cancel);

    sealed class OneLogger(ILogger logger) : ILoggerFactory
    {
        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => logger;

        public void Dispose()
        {
        }
    }
}
