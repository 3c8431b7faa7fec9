using System.Text;
using FunctionsApp.Functions.Tests.Servers;
using FunctionsApp.Functions.Tests.Trains;

namespace FunctionsApp.Functions.Tests.Postgres;

[OwnServer]
public sealed class PgBouncerTests(TestServers servers)
{
    const int Connections = 4;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_that_share_four_connections_in_transaction_mode_all_succeed()
    {
        var direct = await servers.CreateDatabaseAsync();
        await using var bouncer = await PgBouncer.StartAsync(direct, Connections);
        await using var server = await TestServer.StartAsync(bouncer.ConnectionString, ("Database__MigrateOnStart", "false"));
        await server.Api.ReadyAsync();
        var departure = DateTime.UtcNow.AddHours(1000);
        var story = new TrainStory(
            server.Api,
            await server.Api.NewAdminAsync(),
            await server.Api.NewPersonAsync(),
            default,
            Unique.Name(),
            DateOnly.FromDateTime(departure)
        );
        story = story with { Run = Guid.Parse((await story.Admin.PostAsync("/trains", story.Body(100, departure))).Is(201).Text("id")) };

        await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => LiveAsync()));

        Assert.Equal(24L * 2, await server.Api.ReadAsync<long>("select count(*) from train_tickets where status <> 'refused'"));
        Assert.True(
            await server.Api.ReadAsync<long>(
                "select count(*) from pg_stat_activity where datname = current_database() and application_name like 'functionsapp%'"
            ) <= Connections
        );

        async Task LiveAsync()
        {
            var person = await server.Api.NewPersonAsync();
            (await person.RefreshAsync()).Is(200);
            (await story.BuyAsync(story.Wish(), person)).Is(201);
            (await story.BuyAsync(story.Wish(), person, Unique.Name())).Is(201);
            using var trades = new StringContent(
                """
                symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,order_execution_time
                INFY,INE009A01021,2024-01-02,NSE,EQ,EQ,buy,false,2,1500,1,1,2024-01-02T10:00:00

                """,
                Encoding.UTF8,
                "text/csv"
            );
            // A temporary table and a binary COPY within one transaction.
            (await server.Api.SendAsync(HttpMethod.Post, "/ledger/import?fund=auto", person.Token, trades)).Is(200);
            for (var i = 0; i < 5; i++)
            {
                foreach (var path in new[] { "/users/me", "/users/me/sessions", "/tickets", "/portfolio", "/ledger/entries" })
                    (await person.GetAsync(path)).Is(200);
            }
        }
    }
}
