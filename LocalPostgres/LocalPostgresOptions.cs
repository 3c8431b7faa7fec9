namespace FunctionsApp.LocalPostgres;

/// <summary>Where a private Postgres keeps its data and which programs it may use.</summary>
public sealed record LocalPostgresOptions
{
    /// <summary>
    /// The folder of the data, password, port and log. Made when it is not there, kept for the next start.
    /// Under root, when the unprivileged account of the server cannot reach it, a folder below /var/lib/functionsapp stands in.
    /// </summary>
    public required string Folder { get; init; }

    /// <summary>Where the programs may come from.</summary>
    public PostgresSource Source { get; init; } = PostgresSource.Any;

    /// <summary>False gives up crash safety for speed: only for data that may be lost.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>The database that <see cref="LocalPostgresServer.ConnectionString"/> names; created when missing.</summary>
    public string Database { get; init; } = "functionsapp";

    /// <summary>
    /// Further postgresql.conf settings by name. Port and addresses cannot be set. A server that another process
    /// has started in the same folder is used as it is.
    /// </summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}
