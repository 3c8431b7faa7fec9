using FunctionsApp.Functions;
using FunctionsApp.Functions.Commands;
using FunctionsApp.Functions.Hosting;

// Runs a command (migrate, keys, users, import, shards, health, smoke, openapi), or the server under the host selected at build time.
if (HealthCommand.IsMatch(args))
    return await CommandLine.ReportAsync(() => HealthCommand.RunAsync(args.ElementAtOrDefault(1), CancellationToken.None));
var modules = new AppModules(FunctionsApp.Core.Modules.All, Modules.All);
return CommandLine.IsCommand(args)
    ? await CommandLine.RunAsync(args, modules)
    : await CommandLine.ReportAsync(() => FunctionsAppHost.RunAsync(args, modules));
