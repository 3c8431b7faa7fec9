using FunctionsApp.Core;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace FunctionsApp.Functions.Commands;

/// <summary>Writes the OpenAPI document without starting a server or using a database.</summary>
static class ApiDocumentCommand
{
    public static async Task WriteAsync(AppModules modules, FileInfo? file, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration["Accounts:KeyEncryptionSecret"] = Convert.ToBase64String(
            System.Security.Cryptography.RandomNumberGenerator.GetBytes(32)
        );
        builder.AddModules(modules);
        await using var database = new AppDatabase { ConnectionString = "Host=nowhere", MigrateOnStart = false };
        builder.AddFunctionsApp(database);
        await using var services = builder.Services.BuildServiceProvider();
        var app = new ApplicationBuilder(services);
        app.UseFunctionsApp();
        app.Build();
        var document = await services
            .GetRequiredKeyedService<IOpenApiDocumentProvider>(ApiDocument.Name)
            .GetOpenApiDocumentAsync(cancellationToken);
        var text = await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, cancellationToken) + "\n";
        if (file is null)
            await Console.Out.WriteAsync(text);
        else
            await WriteAsync(file, text, cancellationToken);
    }

    static async Task WriteAsync(FileInfo file, string text, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllTextAsync(file.FullName, text, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{file} cannot be written: {e.Message} Specify a file in a writable folder that exists.", e);
        }
    }
}
