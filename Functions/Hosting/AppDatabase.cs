using FunctionsApp.Core;
using FunctionsApp.LocalPostgres;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// The database that the process uses: the configured one, or in development a private Postgres that stops with the process.
/// </summary>
public sealed class AppDatabase : IAsyncDisposable
{
    public const string ConnectionName = "Postgres";

    LocalPostgresServer? local;

    public required string ConnectionString { get; init; }

    /// <summary>Whether the process manages the database itself.</summary>
    public bool IsLocal => local is not null;

    /// <summary>
    /// Whether to apply pending migrations on startup: <c>Database__MigrateOnStart</c>, by default only for a private database.
    /// </summary>
    public required bool MigrateOnStart { get; init; }

    /// <summary>Reads the setting or starts the private Postgres. Call <see cref="AppServices.AddModules"/> first.</summary>
    /// <param name="output">Where the private Postgres logs.</param>
    /// <exception cref="ConfigurationException">No database is configured, and this is not a development machine.</exception>
    public static async Task<AppDatabase> PrepareAsync(
        IHostApplicationBuilder builder,
        LogOutput output,
        CancellationToken cancellationToken
    )
    {
        var (migrate, local) = (builder.Settings<DatabaseOptions>().MigrateOnStart, builder.Settings<LocalOptions>());
        if (builder.Configuration.GetConnectionString(ConnectionName) is { Length: > 0 } configured)
            return new() { ConnectionString = configured, MigrateOnStart = migrate ?? false };
        if (!builder.Environment.IsDevelopment())
        {
            throw new ConfigurationException(
                "No database is configured. Set ConnectionStrings__Postgres, for example 'Host=db;Username=app;Password=…;Database=app'. "
                    + "With DOTNET_ENVIRONMENT=Development a private Postgres is started instead."
            );
        }

        using var logging = LoggerFactory.Create(logging =>
            logging.AddConfiguration(builder.Configuration.GetSection("Logging")).AddConsoleFor(output)
        );
        var postgres = await LocalPostgresServer.StartAsync(
            new() { Folder = local.FullFolder(), Source = local.Postgres },
            logging.CreateLogger<LocalPostgresServer>(),
            cancellationToken
        );
        return new()
        {
            ConnectionString = postgres.ConnectionString,
            MigrateOnStart = migrate ?? true,
            local = postgres,
        };
    }

    public ValueTask DisposeAsync() => local?.DisposeAsync() ?? ValueTask.CompletedTask;
}
