using FunctionsApp.Functions.Commands;
using FunctionsApp.Functions.Hosting;

// With a command (migrate, keys rotate, users promote, import, openapi) that; else the server, under the host this was built for.
return CommandLine.IsCommand(args)
    ? await CommandLine.RunAsync(args)
    : await CommandLine.ReportAsync(() => FunctionsAppHost.RunAsync(args));
