using System.CommandLine;
using FunctionsApp.Core;
using FunctionsApp.Core.Database;
using FunctionsApp.Functions.Hosting;
using Npgsql;

namespace FunctionsApp.Functions.Commands;

/// <summary>Commands for operators, such as <c>dotnet Functions.dll migrate</c>. Without a command the server starts.</summary>
static class CommandLine
{
    /// <summary>How long a command waits for a primary, of several database servers: about as long as a failover.</summary>
    static readonly TimeSpan Failover = TimeSpan.FromSeconds(15);

    /// <summary>Arguments of the server start with a dash, under both hosts.</summary>
    public static bool IsCommand(string[] args) =>
        args.Length > 0 && (!args[0].StartsWith('-') || args is ["--help" or "-h" or "-?" or "--version"]);

    public static Task<int> RunAsync(string[] args, AppModules modules)
    {
        var name = new Argument<string>("NAME") { Description = "The username or email address." };
        var file = new Argument<FileInfo?>("FILE")
        {
            Description = "The file to write. Default: standard output.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var user = new Argument<string>("USER") { Description = "The username or email address." };
        var files = new Argument<FileInfo[]>("FILE")
        {
            Description = "The CSV files, in the order of import.",
            Arity = ArgumentArity.OneOrMore,
        };
        var fund = new Option<string?>("--fund") { Description = "Add the deposits that the purchases need.", HelpName = "auto" };
        fund.AcceptOnlyFromAmong("auto");
        var url = new Argument<string?>("URL")
        {
            Description = "The URL to request. Default: /healthz at the address of ASPNETCORE_URLS, on this machine.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var root = new RootCommand("FunctionsApp. Serves the API if no command is given.")
        {
            new Command("migrate", "Apply pending database migrations.").Does(
                modules,
                (services, _, cancellationToken) => Migrate(services, cancellationToken)
            ),
            new Command("keys", "Manage the keys that sign access tokens, ticket codes and cursors.") { KeysCommand.Rotate(modules) },
            new Command("users", "Manage users.")
            {
                Users("promote", "Make a user an administrator.", UsersCommand.PromoteAsync),
                Users("demote", "Make an administrator or inspector an ordinary user, and end their sessions.", UsersCommand.DemoteAsync),
                Users("disable", "Prevent a user from logging in, and end their sessions.", UsersCommand.DisableAsync),
                Users("enable", "Allow a disabled user to log in again.", UsersCommand.EnableAsync),
                Users(
                    "reset-password",
                    "Set and print a new random password, and end the user's sessions.",
                    UsersCommand.ResetPasswordAsync
                ),
            },
            new Command("import", "Import files. Each file is imported completely or not at all.")
            {
                new Command(
                    "trades",
                    "Import the trades of a user's tradebooks from Zerodha's Console. Trades that are already recorded are skipped."
                )
                {
                    user,
                    files,
                    fund,
                }.Does(
                    modules,
                    (services, result, cancellationToken) =>
                        ImportCommand.TradesAsync(
                            services,
                            result.GetRequiredValue(user),
                            result.GetRequiredValue(files),
                            result.GetValue(fund),
                            cancellationToken
                        )
                ),
                new Command("prices", "Import closing prices: files with the columns symbol, date and close, or NSE bhavcopies.")
                {
                    files,
                }.Does(
                    modules,
                    (services, result, cancellationToken) =>
                        ImportCommand.PricesAsync(services, result.GetRequiredValue(files), cancellationToken)
                ),
            },
            ShardsCommand.Create(modules),
            SmokeCommand.Create(modules),
            new Command(HealthCommand.Name, "Check that the server on this machine is healthy, for the health check of a container.")
            {
                url,
            }.With(command =>
                command.SetAction(
                    (result, cancellationToken) => ReportAsync(() => HealthCommand.RunAsync(result.GetValue(url), cancellationToken))
                )
            ),
            new Command("openapi", "Print the OpenAPI document, or write it to a file.") { file }.With(command =>
                command.SetAction(
                    (result, cancellationToken) =>
                        ReportAsync(() => ApiDocumentCommand.WriteAsync(modules, result.GetValue(file), cancellationToken))
                )
            ),
        };
        return root.Parse(args).InvokeAsync();

        Command Users(string command, string description, Func<IServiceProvider, string, CancellationToken, Task> run) =>
            new Command(command, description) { name }.Does(
                modules,
                (services, result, cancellationToken) => run(services, result.GetRequiredValue(name), cancellationToken)
            );
    }

    /// <summary>
    /// Runs an action and returns the exit code. A failure that an operator can fix is printed as one line, without a stack trace, followed
    /// by a line for each problem of the input.
    /// </summary>
    public static async Task<int> ReportAsync(Func<Task> run)
    {
        try
        {
            await run();
            return 0;
        }
        catch (Exception e) when (Advice(e) is not null)
        {
            // The message of a conflict already contains the details.
            var errors = e is RefusedException { Refusal: not Refusal.Conflict } refused
                ? refused.Errors
                : new Dictionary<string, string[]>();
            var problems = errors.SelectMany(error => error.Value.Select(problem => $"\n  {error.Key}: {problem}"));
            await Console.Error.WriteLineAsync($"error: {Advice(e)}{string.Concat(problems)}");
            return 1;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("error: Canceled before completion.");
            return 1;
        }
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync($"error: {Unexpected(e)}");
            return 1;
        }
    }

    // An unexpected failure is printed as one line too; log level Debug adds the stack trace.
    static string Unexpected(Exception e) =>
        Environment.GetEnvironmentVariable("Logging__LogLevel__Default") is { } level
        && Enum.TryParse<LogLevel>(level, ignoreCase: true, out var parsed)
        && parsed <= LogLevel.Debug
            ? $"Unexpected failure. {e}"
            : $"Unexpected failure: {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")} "
                + "Set Logging__LogLevel__Default=Debug for details.";

    static string? Advice(Exception e) =>
        e switch
        {
            ConfigurationException
            or RefusedException
            or MigrationException
            or LocalPostgres.LocalPostgresException
            or SmokeCommand.SmokeException
            or HealthCommand.UnhealthyException => e.Message,
            PostgresException postgres =>
                $"The database reported an error: {postgres.MessageText}. Check the name, the user and the password in "
                    + "ConnectionStrings__Postgres, and run 'migrate' if tables are missing.",
            // Of several servers, one that answered says more than the others.
            NpgsqlException { InnerException: AggregateException servers }
                when servers.InnerExceptions.OfType<PostgresException>().FirstOrDefault() is { } answer => Advice(answer),
            NpgsqlException =>
                $"The database is unavailable: {e.Message.TrimEnd('.')}. Check that it is running and that ConnectionStrings__Postgres "
                    + "is correct.",
            IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } =>
                $"{e.Message} Stop the program that uses it, or set ASPNETCORE_URLS to another address.",
            System.Net.Sockets.SocketException or IOException { InnerException: System.Net.Sockets.SocketException } =>
                $"The server cannot listen: {e.Message} Set ASPNETCORE_URLS to an address of this machine on which this user may listen.",
            InvalidOperationException when e.Message.Contains("HTTPS", StringComparison.Ordinal) =>
                $"{e.Message.ReplaceLineEndings(" ")} Set ASPNETCORE_URLS to an http:// address, "
                    + "or Kestrel__Certificates__Default__Path and __Password to a certificate.",
            _ => null,
        };

    internal static T With<T>(this T command, Action<T> configure)
    {
        configure(command);
        return command;
    }

    /// <param name="signs">Whether the command needs the key encryption secret.</param>
    internal static Command Does(
        this Command command,
        AppModules modules,
        Func<IServiceProvider, ParseResult, CancellationToken, Task> action,
        bool signs = false
    ) =>
        command.With(one =>
            one.SetAction(
                (result, cancellationToken) =>
                    ReportAsync(async () =>
                    {
                        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = false });
                        builder.Logging.ClearProviders().AddConsoleFor(LogOutput.Errors).SetMinimumLevel(LogLevel.Warning);
                        builder.AddModules(modules);
                        await using var database = await AppDatabase.PrepareAsync(builder, LogOutput.Errors, cancellationToken);
                        builder.AddCore(database, signs);
                        using var host = builder.Build();
                        host.Services.GetRequiredService<UnknownSettings>().Warn(host.Services.GetRequiredService<ILoggerFactory>());
                        await host.Services.GetRequiredService<PostgresDatabase>().WaitForPrimaryAsync(Failover, cancellationToken);
                        if (database.IsLocal)
                            await host.Services.GetRequiredService<Migrations>().MigrateAsync(cancellationToken);
                        await action(host.Services, result, cancellationToken);
                    })
            )
        );

    static async Task Migrate(IServiceProvider services, CancellationToken cancellationToken)
    {
        var applied = await services.GetRequiredService<Migrations>().MigrateAsync(cancellationToken);
        Console.WriteLine(applied.Count == 0 ? "The database is up to date." : $"Applied {string.Join(", ", applied)}.");
    }
}
