using System.Security.Cryptography;
using FunctionsApp.Core;
using FunctionsApp.Core.Keys;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Generates <c>Accounts__KeyEncryptionSecret</c> on a development machine, and stores it next to the data of the private Postgres.
/// </summary>
static class DevelopmentSecret
{
    const string Key = $"Accounts:{nameof(KeyOptions.KeyEncryptionSecret)}";

    /// <summary>Sets the secret in development if neither it nor signing keys are configured.</summary>
    /// <exception cref="ConfigurationException">The secret cannot be written or read.</exception>
    public static void EnsureExists(IHostApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        if (
            !builder.Environment.IsDevelopment()
            || configuration[Key] is { Length: > 0 }
            || configuration["Accounts:SigningKeys:0"] is not null
        )
            return;
        var local = new LocalOptions();
        if (configuration["Local:Folder"] is { } configured)
            local.Folder = configured;
        local.Check();
        var folder = local.FullFolder();
        var file = Path.Combine(folder, "key-encryption-secret");
        try
        {
            if (!File.Exists(file))
                Create(folder, file);
            configuration[Key] = File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(
                $"The folder of the local Postgres cannot be used: {e.Message} Set Local__Folder to a writable folder.",
                e
            );
        }
    }

    static void Create(string folder, string file)
    {
        Directory.CreateDirectory(folder);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            using var writer = new StreamWriter(file, options);
            writer.Write(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        }
        catch (IOException) when (File.Exists(file))
        {
            // Another process has just created it.
        }
    }
}
