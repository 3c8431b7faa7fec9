using System.Security.Cryptography;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Builder;

namespace FunctionsApp.Functions.Tests.Servers;

/// <summary>Registers the app's services in the process of the test, without starting a server.</summary>
static class AppBuilder
{
    /// <param name="database">The database, which its caller disposes.</param>
    /// <param name="more">Modules besides those of the app.</param>
    public static WebApplicationBuilder Create(AppDatabase database, params Core.Module[] more)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration["Accounts:KeyEncryptionSecret"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        builder.AddModules(new([.. Core.Modules.All, .. more], Modules.All));
        builder.AddFunctionsApp(database);
        return builder;
    }
}
