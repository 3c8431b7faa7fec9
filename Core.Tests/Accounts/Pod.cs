using System.Security.Cryptography;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Database;
using FunctionsApp.Core.Keys;
using FunctionsApp.Core.Tests.Keys;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.IdentityModel.JsonWebTokens;

namespace FunctionsApp.Core.Tests.Accounts;

/// <summary>The module as one process runs it, with work factors for tests.</summary>
sealed class Pod : IDisposable
{
    /// <summary>32 random bytes, as <c>openssl rand -base64 32</c> makes them.</summary>
    public const string Secret = "Vn3cGvVw0qzpY7kTn0d7rF1oE6HkqT2mXo5sJ9bLw8I=";

    public const string Password = "correct horse battery staple";

    public static readonly Client Home = new("192.0.2.1", "Home/1.0"),
        Stranger = new("198.51.100.9", "Stranger/1.0");

    public static readonly string Pem = NewPem();

    static int names;

    public Pod(
        PostgresDatabase database,
        Action<AccountOptions>? configure = null,
        TimeProvider? time = null,
        IEnumerable<IPersonalData>? personalData = null,
        KeyOptions? keyOptions = null,
        KeyStore? keys = null
    )
    {
        Options = new() { BcryptWorkFactor = 4, HashingThreads = 2 };
        configure?.Invoke(Options);
        time ??= TimeProvider.System;
        Hasher = new(Options);
        Source = TestKeys.Source(keyOptions ?? new() { SigningKeys = [Pem] }, Options.KeyTimes, store: keys);
        Keys = new(Source, Options.KeyTimes, time);
        Revoked = new(new(database), Options, time);
        Revoked.Learn([], time.GetTimestamp());
        Tokens = new(Keys, Revoked, Options, time);
        Erasures = new(new(database), [new AccountData(new(database)), .. personalData ?? []], NullLogger<Erasures>.Instance);

        IdentifierStore identifiers = new(database);
        UserStore users = new(database);
        CredentialStore credentials = new(database);
        AccountEventStore events = new(database);
        LoginThrottle throttle = new(new(database));
        Signup = new(users, identifiers, Hasher);
        Sessions = new(new(database), new(database), Tokens, Revoked, Options);
        Logins = new(identifiers, credentials, events, throttle, Hasher, Sessions, Options);
        Users = new(users, new(database, new(database, new()), time), identifiers, new(database), Revoked, Erasures);
        OwnAccount = new(Users, credentials, events, new(credentials, throttle, Hasher, Options), Hasher, Revoked);
        Operators = new(Users, credentials, throttle, Hasher, Revoked);
    }

    public AccountOptions Options { get; }

    public PasswordHasher Hasher { get; }

    public KeySource Source { get; }

    public KeyRing Keys { get; }

    public RevokedSessions Revoked { get; }

    public AccessTokens Tokens { get; }

    public Erasures Erasures { get; }

    public SignupService Signup { get; }

    public LoginService Logins { get; }

    public SessionService Sessions { get; }

    public UserService Users { get; }

    public OwnAccountService OwnAccount { get; }

    public OperatorService Operators { get; }

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A name that no other test uses.</summary>
    public static string NewName() => $"user{Interlocked.Increment(ref names)}";

    public static string NewPem()
    {
        using var rsa = RSA.Create(2048);
        return rsa.ExportPkcs8PrivateKeyPem();
    }

    public Task<User> SignUpAsync(string? username = null, string? email = null) =>
        Signup.SignUpAsync(username ?? NewName(), Password, email, Home, Cancel);

    public Task<TokenPair> LoginAsync(string name, string password = Password, Client? client = null) =>
        Logins.LoginAsync(name, password, client ?? Home, Cancel);

    public async Task<bool> AcceptsAsync(string accessToken) => (await Tokens.ValidateAsync(accessToken)).IsValid;

    public async Task<IReadOnlyList<AccountEvent>> EventsAsync(Guid userId) =>
        (await OwnAccount.ReadEventsAsync(userId, new(TestKeys.Cursors, "events", 100, null), Cancel)).Items;

    public async Task<IReadOnlyList<Session>> SessionsAsync(Guid userId) =>
        (await Sessions.ReadPageAsync(userId, default, new(TestKeys.Cursors, "sessions", 100, null), Cancel)).Items;

    public static Guid SessionOf(TokenPair pair) => Guid.Parse(new JsonWebToken(pair.AccessToken).GetClaim("sid").Value);

    /// <summary>What the core refused with.</summary>
    public static async Task<RefusedException> RefusedAsync(Refusal refusal, Func<Task> act)
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(act);
        Assert.Equal(refusal, refused.Refusal);
        return refused;
    }

    public void Dispose()
    {
        Hasher.Dispose();
        Keys.Dispose();
    }
}
