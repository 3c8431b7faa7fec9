using System.Security.Cryptography;
using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// A development machine needs no <c>Accounts__KeyEncryptionSecret</c>: one is made and kept beside the data of its private
/// Postgres.
/// </summary>
static class DevelopmentSecret
{
    const string Key = $"Accounts:{nameof(AccountOptions.KeyEncryptionSecret)}";

    /// <summary>Sets it, in development and where neither it nor signing keys are configured.</summary>
    /// <exception cref="ConfigurationException">It cannot be written or read.</exception>
    public static void Keep(IHostApplicationBuilder builder)
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
                Make(folder, file);
            configuration[Key] = File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(
                $"The folder of the local Postgres cannot be used: {e.Message} Set Local__Folder to a folder that can be written.",
                e
            );
        }
    }

    static void Make(string folder, string file)
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
            // Another run made it at the same moment.
        }
    }
}
