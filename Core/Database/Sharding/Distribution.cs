using Dapper;
using Npgsql;

namespace FunctionsApp.Core.Database;

/// <summary>
/// Distributes tables and functions over the nodes of a Citus cluster. What belongs where is declared by the migrations, in comments on
/// tables and functions; what is done already is read from Citus, so an interrupted run continues where it stopped.
/// </summary>
static class Distribution
{
    // The journal of the migrations is not created by a migration, so it cannot declare that it is a reference table.
    const string Journal = "schema_migrations";

    // Tables first, because functions are colocated with them. Of the tables first those that every node has, since distributed tables are
    // joined with them, then those that others are colocated with.
    const string Declared = $"""
        select c.oid::regclass::text as name, false as is_function, d.comment, t.citus_table_type is not null as done
        from pg_class c
        cross join lateral (
            select case when c.relname = '{Journal}' then 'reference table' else obj_description(c.oid, 'pg_class') end as comment
        ) d
        left join citus_tables t on t.table_name = c.oid::regclass and t.citus_table_type in ('distributed', 'reference')
        where c.relkind in ('r', 'p') and c.relnamespace in (current_schema()::regnamespace, 'public'::regnamespace)
            and not exists (select from pg_depend e where e.objid = c.oid and e.deptype = 'e')
        union all
        select p.oid::regprocedure::text, true, obj_description(p.oid, 'pg_proc'), o.distribution_argument_index is not null
        from pg_proc p
        left join pg_dist_object o on o.classid = 'pg_proc'::regclass and o.objid = p.oid
        where p.pronamespace in (current_schema()::regnamespace, 'public'::regnamespace)
            and not exists (select from pg_depend e where e.objid = p.oid and e.deptype = 'e')
        """;

    sealed record DeclaredRow(string Name, bool IsFunction, string? Comment, bool Done);

    /// <summary>What is declared but not done yet, in the order in which to do it.</summary>
    /// <exception cref="ConfigurationException">The database is not the coordinator of a cluster with nodes that hold shards.</exception>
    public static async Task<IReadOnlyList<DistributionStep>> PendingAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await RequireClusterAsync(connection, cancellationToken);
        var rows = await connection.QueryAsync<DeclaredRow>(new CommandDefinition(Declared, cancellationToken: cancellationToken));
        return
        [
            .. rows.Where(row => !row.Done)
                .Select(row => DistributionStep.Of(row.Name, row.IsFunction, row.Comment))
                .OfType<DistributionStep>()
                .OrderBy(step => step.Order)
                .ThenBy(step => step.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>Whether the database has the extension.</summary>
    public static Task<bool> IsCitusAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.ExecuteScalarAsync<bool>(
            new CommandDefinition("select exists (select from pg_extension where extname = 'citus')", cancellationToken: cancellationToken)
        );

    /// <summary>Requires the database to be the coordinator of a Citus cluster.</summary>
    /// <exception cref="ConfigurationException">It is not. The message says what to do.</exception>
    public static async Task RequireCitusAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (!await IsCitusAsync(connection, cancellationToken))
        {
            var available = await connection.ExecuteScalarAsync<bool>(
                new CommandDefinition(
                    "select exists (select from pg_available_extensions where name = 'citus')",
                    cancellationToken: cancellationToken
                )
            );
            throw new ConfigurationException(
                available
                    ? "The database is not a Citus cluster: the extension is not created. Run 'create extension citus' as a superuser in "
                        + "this database on every node, with shared_preload_libraries = 'citus'."
                    : "The database is not a Citus cluster: this Postgres does not have the extension. Use one that has, such as the image "
                        + "citusdata/citus, or remove Database__Sharding."
            );
        }

        if (
            !await connection.ExecuteScalarAsync<bool>(
                new CommandDefinition("select citus_is_coordinator()", cancellationToken: cancellationToken)
            )
        )
        {
            throw new ConfigurationException(
                "ConnectionStrings__Postgres names a worker of the Citus cluster. This command needs the coordinator."
            );
        }
    }

    static async Task RequireClusterAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await RequireCitusAsync(connection, cancellationToken);
        if (
            !await connection.ExecuteScalarAsync<bool>(
                new CommandDefinition(
                    "select exists (select from pg_dist_node where isactive and shouldhaveshards and noderole = 'primary')",
                    cancellationToken: cancellationToken
                )
            )
        )
        {
            throw new ConfigurationException(
                "The Citus cluster has no nodes that hold shards. Add them: 'shards add-node HOST PORT' for each worker."
            );
        }
    }
}
