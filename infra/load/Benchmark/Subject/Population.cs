using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Database;
using FunctionsApp.Core.Keys;
using Microsoft.Extensions.Logging.Abstractions;

namespace FunctionsApp.Benchmark.Subject;

/// <summary>
/// The initial users, who share a password and have an access token each. They are created through the core instead of HTTP, which is
/// faster.
/// </summary>
sealed record Population(IReadOnlyList<string> Usernames, IReadOnlyList<string> Tokens)
{
    public const int Size = 100;

    public const string Password = "correct horse battery";

    /// <summary>Migrates the database and fills it.</summary>
    /// <param name="secret">The secret of the server that must accept the tokens.</param>
    public static async Task<Population> MakeAsync(string connectionString, string secret, CancellationToken cancellationToken)
    {
        var options = new AccountOptions { AccessTokenLifetime = TimeSpan.FromHours(12) };
        await using var database = new PostgresDatabase(connectionString);
        await new Migrations(database, Core.Modules.All, NullLogger<Migrations>.Instance).MigrateAsync(cancellationToken);

        var users = new UserStore(database);
        var keyOptions = new KeyOptions { KeyEncryptionSecret = secret };
        using var keys = new KeyRing(
            new KeySource(
                new KeyStore(database),
                new KeyEncryption(keyOptions),
                keyOptions,
                new TicketKeyOptions(),
                options.KeyTimes,
                NullLogger<KeySource>.Instance
            ),
            options.KeyTimes,
            TimeProvider.System
        );
        var access = new AccessTokens(
            keys,
            new RevokedSessions(new SessionStore(database), options, TimeProvider.System),
            options,
            TimeProvider.System
        );
        var hash = BCrypt.Net.BCrypt.HashPassword(PasswordPolicy.Prehash(Password), options.BcryptWorkFactor);
        List<string> names = [],
            tokens = [];
        for (var i = 0; i < Size; i++)
        {
            var (id, name) = (Guid.CreateVersion7(), $"user{i:000}");
            await users.AddAsync(
                id,
                name,
                $"{name}@example.org",
                Role.User,
                hash,
                EventTypes.SignedUp,
                actorId: null,
                new Client("127.0.0.1", null),
                cancellationToken
            );
            names.Add(name);
            tokens.Add(await access.CreateAsync(id, Guid.CreateVersion7(), Role.User, cancellationToken));
        }

        return new(names, tokens);
    }
}
