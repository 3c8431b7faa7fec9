using FunctionsApp.Core;
using FunctionsApp.Core.Database;

namespace FunctionsApp.Functions.Hosting;

/// <summary>The settings of section <c>Database</c>.</summary>
public sealed class DatabaseOptions : ISettings
{
    /// <summary>
    /// Whether to apply pending migrations on startup; null means only for the private database of a development machine.
    /// </summary>
    public bool? MigrateOnStart { get; set; }

    /// <summary>How tables are divided between database servers.</summary>
    public ShardingMode Sharding { get; set; }

    /// <summary>
    /// Whether standbys may serve reads while the primary is unreachable even if they may lack the last acknowledged writes, as with
    /// asynchronous replication.
    /// </summary>
    public bool StaleReads { get; set; }

    public void Check() { }
}
