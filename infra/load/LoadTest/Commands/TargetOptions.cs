using System.CommandLine;
using FunctionsApp.Benchmark;
using FunctionsApp.LoadTest.Service;
using FunctionsApp.LoadTest.Subjects;
using FunctionsApp.LoadTest.Targets;

namespace FunctionsApp.LoadTest.Commands;

/// <summary>The options that say which service is the target, and who its administrator is.</summary>
sealed class TargetOptions
{
    const int DefaultUsers = 16;

    readonly Option<string?> url,
        token;
    readonly Option<int?> users;

    /// <param name="urlDescription">What the URL means to the command.</param>
    public TargetOptions(string urlDescription)
    {
        url = new("--url") { Description = urlDescription, HelpName = "URL" };
        token = new("--admin-token")
        {
            Description =
                "An administrator's access token, with which runs, parking lots and inspectors are created. Default: the variable "
                + "FUNCTIONSAPP_LOAD_ADMIN_TOKEN, or the account of FUNCTIONSAPP_LOAD_ADMIN and FUNCTIONSAPP_LOAD_ADMIN_PASSWORD.",
            HelpName = "TOKEN",
        };
        users = NumberOption.Create<int>(
            "--users",
            "N",
            DefaultUsers,
            1,
            "How many users send the requests in turn. Each costs a sign-up and a login."
        );
    }

    public void AddTo(Command command)
    {
        command.Add(url);
        command.Add(token);
        command.Add(users);
    }

    public string? Url(ParseResult arguments) => arguments.GetValue(url);

    public int Users(ParseResult arguments) => arguments.GetValue(users)!.Value;

    /// <summary>The service at a URL, or a server that is started for it.</summary>
    /// <param name="url">Null for a server of its own.</param>
    /// <param name="limits">Of that server.</param>
    /// <param name="published">The folder in which that server is published; null to publish it.</param>
    /// <param name="pods">The namespace of the service's pods, if they are on this machine; null otherwise.</param>
    /// <param name="users">How many users send the requests.</param>
    /// <param name="progress">Receives what happens.</param>
    /// <exception cref="LoadTestException">It is not this service, or does not start.</exception>
    public async Task<ISubject> StartAsync(
        ParseResult arguments,
        string? url,
        Limits limits,
        string? published,
        string? pods,
        int users,
        Action<string> progress,
        CancellationToken cancellationToken
    )
    {
        if (url is null)
            return await LimitedServer.StartAsync(limits, published, users, progress, cancellationToken);
        var api = new ApiClient(url);
        await api.CheckServiceAsync(cancellationToken);
        return new RemoteService(api, Administrator(arguments, api), users, pods is null ? null : PodsOf(pods));
    }

    public Administrator Administrator(ParseResult arguments, ApiClient api)
    {
        var given = arguments.GetValue(token) ?? Variable("FUNCTIONSAPP_LOAD_ADMIN_TOKEN");
        return new(api, given, Variable("FUNCTIONSAPP_LOAD_ADMIN"), Variable("FUNCTIONSAPP_LOAD_ADMIN_PASSWORD"));
    }

    static LocalPods PodsOf(string @namespace) =>
        new(
            @namespace,
            new(
                Variable("FUNCTIONSAPP_LOAD_DATABASE")
                    ?? throw new LoadTestException(
                        "--local-pods needs the connection string of the database in FUNCTIONSAPP_LOAD_DATABASE."
                    )
            )
        );

    static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
