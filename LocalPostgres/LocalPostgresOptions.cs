namespace FunctionsApp.LocalPostgres;

/// <summary>Options of a private Postgres.</summary>
public sealed record LocalPostgresOptions
{
    /// <summary>
    /// The folder of the data, password, port and log. It is created if necessary and kept for the next start. Under root, a folder below
    /// /var/lib/functionsapp is used instead if the server's unprivileged account cannot access it.
    /// </summary>
    public required string Folder { get; init; }

    /// <summary>Where the programs may come from.</summary>
    public PostgresSource Source { get; init; } = PostgresSource.Any;

    /// <summary>False trades crash safety for speed: only for data that may be lost.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>The database in <see cref="LocalPostgresServer.ConnectionString"/>; created if it does not exist.</summary>
    public string Database { get; init; } = "functionsapp";

    /// <summary>
    /// Further postgresql.conf settings by name, except for port and addresses. They do not affect a server that another process has
    /// already started in the same folder.
    /// </summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}
