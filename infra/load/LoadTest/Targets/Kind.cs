namespace FunctionsApp.LoadTest.Targets;

/// <summary>A kind of work, which has an attack file of its name.</summary>
/// <param name="IsReusable">Whether its targets can be sent any number of times.</param>
/// <param name="NeedsAdministrator">Whether preparing it needs an administrator.</param>
/// <param name="Hashes">Whether a request costs the hash of a password, so that it takes a different latency objective.</param>
sealed record Kind(string Name, string What, bool IsReusable = false, bool NeedsAdministrator = false, bool Hashes = false)
{
    /// <summary>The name of the mix of all kinds.</summary>
    public const string Mixed = "mixed";

    public static IReadOnlyList<Kind> All { get; } =
    [
        new("me", "read one's account", IsReusable: true),
        new("signup", "create an account", Hashes: true),
        new("login", "log in with a password", IsReusable: true, Hashes: true),
        new("refresh", "exchange a refresh token"),
        new("search", "search trains", IsReusable: true, NeedsAdministrator: true),
        new("seats", "read a seat map", IsReusable: true, NeedsAdministrator: true),
        new("ticket-hot", "buy a ticket, all of one run", NeedsAdministrator: true),
        new("ticket-many", "buy a ticket, of many runs", NeedsAdministrator: true),
        new("cancel", "cancel a ticket", NeedsAdministrator: true),
        new("verify", "verify a ticket's code", NeedsAdministrator: true),
        new("park", "enter a parking lot", NeedsAdministrator: true),
        new("exit", "leave a parking lot", NeedsAdministrator: true),
        new("ledger-entry", "record a ledger entry"),
        new("portfolio", "value a portfolio now", IsReusable: true),
        new("portfolio-past", "value a portfolio in the past", IsReusable: true),
        new(Mixed, "a mixed day", NeedsAdministrator: true, Hashes: true),
    ];

    public static Kind Of(string name) =>
        All.FirstOrDefault(kind => kind.Name == name)
        ?? throw new LoadTestException($"'{name}' is not a kind of work. There are: {string.Join(", ", All.Select(kind => kind.Name))}.");
}
