using Dapper;
using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>
/// Protects the nodes of a Citus cluster from a fault of Citus: versions with the change github.com/citusdata/citus/pull/8371 and without
/// github.com/citusdata/citus/pull/8824 add the plans of a function's statements to the memory of the connection at each call, some 100 KB,
/// until the node has no memory left. Functions whose statements are planned at each call are not affected.
/// </summary>
static class PlanCaching
{
    // A setting by an operator is left alone, so 'auto' allows cached plans again.
    const string Unprotected = """
        select p.oid::regprocedure::text
        from pg_proc p
        join pg_dist_object o on o.classid = 'pg_proc'::regclass and o.objid = p.oid
        where o.distribution_argument_index is not null
            and not exists (select from unnest(p.proconfig) setting where starts_with(setting, 'plan_cache_mode='))
        order by 1
        """;

    static readonly Version firstWithFault = new(13, 2, 1);

    /// <summary>Whether a version has the fault, as far as is known: which later ones correct it is not.</summary>
    /// <param name="version">The result of <c>citus_version()</c>.</param>
    public static bool MayKeepPlans(string version) =>
        version.Split(' ') is not ["Citus", var number, ..] || !Version.TryParse(number, out var parsed) || parsed >= firstWithFault;

    /// <summary>What <see cref="ProtectAsync"/> would do: something after an upgrade of Citus or an interruption.</summary>
    public static async Task<IReadOnlyList<string>> PendingAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        [.. (await ReadUnprotectedAsync(connection, cancellationToken)).Select(Title)];

    /// <summary>Lets distributed functions plan their statements at each call where the version of Citus requires it.</summary>
    /// <returns>What was done, for the report.</returns>
    public static async Task<IReadOnlyList<string>> ProtectAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        List<string> done = [];
        foreach (var function in await ReadUnprotectedAsync(connection, cancellationToken))
        {
            await connection.ExecuteAsync(
                new CommandDefinition(
                    $"alter function {function} set plan_cache_mode = force_custom_plan",
                    cancellationToken: cancellationToken
                )
            );
            done.Add(Title(function));
        }

        return done;
    }

    static async Task<IEnumerable<string>> ReadUnprotectedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var version = await connection.QuerySingleAsync<string>(
            new CommandDefinition("select citus_version()", cancellationToken: cancellationToken)
        );
        return MayKeepPlans(version)
            ? await connection.QueryAsync<string>(new CommandDefinition(Unprotected, cancellationToken: cancellationToken))
            : [];
    }

    static string Title(string function) => $"plan cache mode of {function[..function.IndexOf('(', StringComparison.Ordinal)]}";
}
