using System.CommandLine;
using FunctionsApp.Core;
using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Database;
using FunctionsApp.Functions.Hosting;
using Npgsql;

namespace FunctionsApp.Functions.Commands;

/// <summary>What an operator does from a shell: <c>dotnet Functions.dll migrate</c>. Without a command the server starts.</summary>
static class CommandLine
{
    /// <summary>A server's own arguments start with a dash, under both hosts.</summary>
    public static bool IsCommand(string[] args) =>
        args.Length > 0 && (!args[0].StartsWith('-') || args is ["--help" or "-h" or "-?" or "--version"]);

    public static Task<int> RunAsync(string[] args, AppModules modules)
    {
        var name = new Argument<string>("NAME") { Description = "The user's name or e-mail address." };
        var file = new Argument<FileInfo?>("FILE") { Description = "Where to write it.", Arity = ArgumentArity.ZeroOrOne };
        var user = new Argument<string>("USER") { Description = "The user's name or e-mail address." };
        var files = new Argument<FileInfo[]>("FILE")
        {
            Description = "CSV files, in the order to import them in.",
            Arity = ArgumentArity.OneOrMore,
        };
        var fund = new Option<string?>("--fund") { Description = "Make deposits for what the purchases need.", HelpName = "auto" };
        fund.AcceptOnlyFromAmong("auto");
        var root = new RootCommand("FunctionsApp. Without a command it serves the API.")
        {
            new Command("migrate", "Apply pending migrations to the database.").Does(
                modules,
                (services, _, cancellationToken) => Migrate(services, cancellationToken)
            ),
            new Command("keys", "The keys that sign access tokens, codes of tickets and cursors.") { KeysCommand.Rotate(modules) },
            new Command("users", "Users.")
            {
                Users("promote", "Make a user an administrator.", UsersCommand.PromoteAsync),
                Users("demote", "Make an administrator or inspector an ordinary user. Ends their sessions.", UsersCommand.DemoteAsync),
                Users("disable", "Keep a user from logging in. Ends their sessions.", UsersCommand.DisableAsync),
                Users("enable", "Let a disabled user log in again.", UsersCommand.EnableAsync),
                Users(
                    "reset-password",
                    "Give a user a new random password and print it. Ends their sessions.",
                    UsersCommand.ResetPasswordAsync
                ),
            },
            new Command("import", "Files, each all of it or nothing.")
            {
                new Command(
                    "trades",
                    "Record the trades of a user's tradebooks, as Zerodha's Console exports them, that are not there yet."
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
                new Command("prices", "Take closing prices: columns symbol, date and close, or NSE's bhavcopies.") { files }.Does(
                    modules,
                    (services, result, cancellationToken) =>
                        ImportCommand.PricesAsync(services, result.GetRequiredValue(files), cancellationToken)
                ),
            },
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
    /// Runs something and gives the exit code: failures that an operator can fix are one line, and one more for each thing that is wrong
    /// with the input, without a stack trace.
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
            // The message of a conflict is complete.
            var errors = e is RefusedException { Refusal: not Refusal.Conflict } refused
                ? refused.Errors
                : new Dictionary<string, string[]>();
            var problems = errors.SelectMany(place => place.Value.Select(problem => $"\n  {place.Key}: {problem}"));
            await Console.Error.WriteLineAsync($"error: {Advice(e)}{string.Concat(problems)}");
            return 1;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("error: Stopped before it was done.");
            return 1;
        }
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync($"error: {Unexpected(e)}");
            return 1;
        }
    }

    // An unexpected failure is one line too; the level Debug adds the stack trace.
    static string Unexpected(Exception e) =>
        Environment.GetEnvironmentVariable("Logging__LogLevel__Default") is { } level
        && Enum.TryParse<LogLevel>(level, ignoreCase: true, out var parsed)
        && parsed <= LogLevel.Debug
            ? $"Unexpected failure. {e}"
            : $"Unexpected failure: {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")} Logging__LogLevel__Default=Debug shows where.";

    static string? Advice(Exception e) =>
        e switch
        {
            ConfigurationException or RefusedException or MigrationException or LocalPostgres.LocalPostgresException => e.Message,
            PostgresException postgres => $"The database refused: {postgres.MessageText}. Check the name, the user and the password in "
                + "ConnectionStrings__Postgres, and run 'migrate' if tables are missing.",
            NpgsqlException =>
                $"The database does not answer: {e.Message}. Check that it runs and that ConnectionStrings__Postgres leads to it.",
            IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } =>
                $"{e.Message} Stop what listens there, or set ASPNETCORE_URLS to another address.",
            System.Net.Sockets.SocketException or IOException { InnerException: System.Net.Sockets.SocketException } =>
                $"The server cannot listen: {e.Message} Set ASPNETCORE_URLS to an address of this machine that this user may listen on.",
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

    /// <param name="signs">Whether it needs the secret of the keys.</param>
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
