using System.Security.Cryptography;
using Core;
using Core.Accounts;
using Core.Database;
using Core.Database.Local;

namespace Functions.Hosting;

/// <summary>Which database the process uses: the configured one, or in development a private Postgres of its own that ends with it.</summary>
public sealed class AppDatabase : IAsyncDisposable
{
    public const string ConnectionName = "Postgres";

    LocalPostgres? local;

    public required string ConnectionString { get; init; }

    /// <summary>Whether the process takes care of the database itself.</summary>
    public bool IsLocal => local is not null;

    /// <summary>Whether to apply pending migrations at the start: <c>Database__MigrateOnStart</c>, by default only for a private database.</summary>
    public required bool MigrateOnStart { get; init; }

    /// <summary>Reads the setting, or starts the private Postgres.</summary>
    /// <exception cref="ConfigurationException">Nothing is configured, and this is not a development machine.</exception>
    public static async Task<AppDatabase> PrepareAsync(IHostApplicationBuilder builder, CancellationToken cancel = default)
    {
        var configuration = builder.Configuration;
        var folder = Path.GetFullPath(configuration["Local:Folder"] ?? ".local");
        if (builder.Environment.IsDevelopment()) KeepSecret(configuration, folder);
        if (configuration.GetConnectionString(ConnectionName) is { Length: > 0 } configured)
        {
            return new() { ConnectionString = configured, MigrateOnStart = configuration.GetValue("Database:MigrateOnStart", false) };
        }

        if (!builder.Environment.IsDevelopment())
        {
            throw new ConfigurationException(
                "No database is configured. Set ConnectionStrings__Postgres, for example 'Host=db;Username=app;Password=…;Database=app'. "
                + "With DOTNET_ENVIRONMENT=Development a private Postgres is started instead.");
        }

        var source = configuration["Local:Postgres"] switch
        {
            null or "" or "any" => PostgresSource.Any,
            "machine" => PostgresSource.Machine,
            "npm" => PostgresSource.Npm,
            var other => throw new ConfigurationException($"Local__Postgres is '{other}'. It can be 'machine' (the programs that the machine has), 'npm' (the npm package) or 'any' (the one, else the other)."),
        };
        using var logging = LoggerFactory.Create(logging => logging.AddConfiguration(configuration.GetSection("Logging")).AddConsoleFor(Console.IsOutputRedirected));
        var postgres = await LocalPostgres.StartAsync(new() { Folder = folder, Source = source }, logging.CreateLogger<LocalPostgres>(), cancel);
        return new() { ConnectionString = postgres.ConnectionString, MigrateOnStart = configuration.GetValue("Database:MigrateOnStart", true), local = postgres };
    }

    public ValueTask DisposeAsync() => local?.DisposeAsync() ?? ValueTask.CompletedTask;

    // A development machine needs no secret of its own making: one is made and kept beside the data.
    static void KeepSecret(IConfigurationManager configuration, string folder)
    {
        const string Key = $"Accounts:{nameof(AccountOptions.KeyEncryptionSecret)}";
        if (configuration[Key] is { Length: > 0 } || configuration["Accounts:SigningKeys:0"] is not null) return;
        var file = Path.Combine(folder, "key-encryption-secret");
        if (!File.Exists(file))
        {
            Directory.CreateDirectory(folder);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            try
            {
                using var writer = new StreamWriter(file, options);
                writer.Write(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
            }
            catch (IOException) when (File.Exists(file))
            {
                // Another run made it at the same moment.
            }
        }

        configuration[Key] = File.ReadAllText(file);
    }
}
