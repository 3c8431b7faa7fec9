using Dapper;
using FunctionsApp.Core.Database;
using Npgsql;

namespace FunctionsApp.Core.Tests.Database;

/// <summary>The hash against that of Postgres.</summary>
public sealed class UuidHashTests(PostgresFixture postgres)
{
    [Fact]
    public async Task It_is_the_hash_of_Postgres()
    {
        Guid[] ids =
        [
            Guid.Empty,
            Guid.AllBitsSet,
            .. Enumerable.Range(0, 500).Select(_ => Guid.NewGuid()),
            .. Enumerable.Range(0, 500).Select(_ => Guid.CreateVersion7()),
        ];
        await using var connection = new NpgsqlConnection(await postgres.CreateEmptyDatabaseAsync());

        var hashes = await connection.QueryAsync<int>(
            "select uuid_hash(id) from unnest(@ids) with ordinality as one (id, n) order by n",
            new { ids }
        );

        Assert.Equal(hashes, ids.Select(UuidHash.Of));
    }

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(-1, 1, true)]
    [InlineData(1, 2, false)]
    [InlineData(-2, -1, false)]
    public void A_shard_contains_the_keys_whose_hash_is_between_its_bounds(int below, int above, bool contains)
    {
        var key = new Guid("0192d3a4-5b6c-7d8e-9fa0-b1c2d3e4f506");
        var hash = UuidHash.Of(key);

        Assert.Equal(contains, new ShardRange(hash + below, hash + above).Contains(key));
    }
}
