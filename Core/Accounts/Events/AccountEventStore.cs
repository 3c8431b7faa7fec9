using Dapper;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Core.Accounts;

/// <summary>SQL of the audit trail. Most entries are written by the statement that they are about, in the other stores.</summary>
public sealed class AccountEventStore(PostgresDatabase database)
{
    const string SelectPage = """
        select id, at, type, actor_id, session_id, address, user_agent
        from account_events
        where user_id = @userId and (@Before::uuid is null or id < @Before)
        order by id desc
        limit @Limit + 1
        """;

    const string Insert = """
        insert into account_events (user_id, id, type, address, user_agent)
        values (@userId, @EventId, @type, @Address, @UserAgent)
        """;

    public async Task<IReadOnlyList<AccountEvent>> ReadPageAsync(Guid userId, PageRequest page, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadAsync(cancellationToken);
        return
        [
            .. await connection.QueryAsync<AccountEvent>(
                new(
                    SelectPage,
                    new
                    {
                        userId,
                        page.Before,
                        page.Limit,
                    },
                    cancellationToken: cancellationToken
                )
            ),
        ];
    }

    public async Task AddAsync(Guid userId, string type, Client client, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForSignInAsync(cancellationToken);
        await connection.ExecuteAsync(
            new(
                Insert,
                new
                {
                    userId,
                    EventId = EventIds.Next(),
                    type,
                    client.Address,
                    client.UserAgent,
                },
                cancellationToken: cancellationToken
            )
        );
    }
}
