using FunctionsApp.Functions;
using FunctionsApp.Functions.Commands;
using FunctionsApp.Functions.Hosting;

var modules = new AppModules(FunctionsApp.Core.Modules.All, Modules.All);

// Runs a command (migrate, keys rotate, users promote, import, openapi), or the server under the host selected at build time.
return CommandLine.IsCommand(args)
    ? await CommandLine.RunAsync(args, modules)
    : await CommandLine.ReportAsync(() => FunctionsAppHost.RunAsync(args, modules));
