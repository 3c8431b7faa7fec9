using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Accounts;

/// <summary>
/// SQL of the read behind <c>GET /users/me</c>, the most frequent one. Concurrent reads are combined: <see cref="BatchedRead{TKey,TRow}"/>.
/// </summary>
public sealed class ActiveUserStore : IDisposable
{
    /// <summary>The statement for one user; the benchmark gives pgbench the same. Parameter: $1, the id.</summary>
    internal const string SelectOne = """
        select id, username, email, role, disabled_at is not null as disabled, created_at, updated_at, version
        from users
        where id = $1 and disabled_at is null
        """;

    // $1: the ids.
    const string SelectMany = """
        select id, username, email, role, disabled_at is not null as disabled, created_at, updated_at, version
        from users
        where id = any($1) and disabled_at is null
        """;

    readonly PostgresDatabase database;
    readonly ReadBatching batching;
    readonly BatchedRead<Guid, User> batches;

    public ActiveUserStore(PostgresDatabase database, ReadBatching batching, TimeProvider time)
    {
        (this.database, this.batching) = (database, batching);
        // No id makes the statement fail.
        batches = new("active users", ReadAllAsync, isCausedByKey: _ => false, batching.Limits, time);
    }

    /// <summary>The user, unless the account is disabled.</summary>
    /// <returns>Null if there is no such user, or the account is disabled.</returns>
    public Task<User?> ReadAsync(Guid id, CancellationToken cancellationToken) =>
        batching.IsOn && !PostgresDatabase.IsRepeated ? batches.ReadAsync(id, cancellationToken) : ReadOneAsync(id, cancellationToken);

    public void Dispose() => batches.Dispose();

    async Task<User?> ReadOneAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<User>(
            new(SelectOne, new Positional().Add(id), cancellationToken: cancellationToken)
        );
    }

    // Without a cancellation token: no caller may cancel what others wait for.
    async Task<IReadOnlyDictionary<Guid, User>> ReadAllAsync(IReadOnlyList<Guid> ids)
    {
        if (ids is [var id])
            return await ReadOneAsync(id, CancellationToken.None) is { } one ? new() { [id] = one } : new Dictionary<Guid, User>();
        await using var connection = await database.OpenForReadAsync(CancellationToken.None);
        await using var command = new NpgsqlCommand(SelectMany, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. ids] });
        var users = new Dictionary<Guid, User>(ids.Count);
        // Not Dapper, which reads the columns as objects: this read is worth it.
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var user = Read(reader);
            users[user.Id] = user;
        }

        return users;
    }

    static User Read(NpgsqlDataReader reader) =>
        new(
            reader.GetGuid(0),
            reader.GetString(1),
            reader.IsDBNull(2) ? null : reader.GetString(2),
            Roles.Parse(reader.GetString(3)),
            reader.GetBoolean(4),
            reader.GetDateTime(5),
            reader.GetDateTime(6),
            reader.GetInt64(7)
        );
}
