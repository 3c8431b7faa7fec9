namespace FunctionsApp.Core.Database;

/// <summary>How tables are divided between database servers: the setting <c>Database__Sharding</c>.</summary>
public enum ShardingMode
{
    /// <summary>They are not: one Postgres has everything.</summary>
    None,

    /// <summary>By Citus: <c>migrate</c> distributes each table as its migration declares.</summary>
    Citus,
}
