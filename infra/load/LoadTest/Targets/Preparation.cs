using FunctionsApp.LoadTest.Service;

namespace FunctionsApp.LoadTest.Targets;

/// <summary>
/// Prepares targets of all kinds: creates the users, runs, tickets and lots when they are needed, and fills the attack files.
/// For one consumer at a time.
/// </summary>
sealed class Preparation
{
    const int Batch = 64,
        // Each costs a login.
        RefreshBatch = 16;

    readonly string folder,
        url;
    readonly Dictionary<string, AttackFile> files = [];
    readonly Accounts accounts;
    readonly Timetable timetable;
    readonly Garage garage;
    readonly Investors investors;
    readonly Stock<BoughtTicket> tickets;
    readonly Stock<Stay> stays;
    readonly Stock<string> refreshTokens;
    IEnumerator<string>? mix;

    /// <param name="api">Where everything is created.</param>
    /// <param name="url">The base URL of the targets.</param>
    /// <param name="users">How many users send requests in turn.</param>
    /// <param name="repository">The root of the repository, which has the attack files.</param>
    public Preparation(ApiClient api, string url, Administrator administrator, int users, string repository)
    {
        this.url = url.TrimEnd('/');
        folder = Path.Combine(repository, "infra", "load", "attacks");
        var prefix = $"L{Random.Shared.Next(0x1000000):X6}";
        accounts = new(api, administrator, prefix, users);
        timetable = new(api, administrator, accounts);
        garage = new(api, administrator, accounts, prefix);
        investors = new(api, accounts);
        tickets = new(timetable.BuyAsync, Batch);
        stays = new(garage.ParkAsync, Batch);
        refreshTokens = new(accounts.NewRefreshTokensAsync, RefreshBatch);
        string Read(string path) => File.ReadAllText(Path.Combine(repository, path)).Trim();
        foreach (var kind in Kind.All.Where(kind => kind.Name != Kind.Mixed))
        {
            var path = Path.Combine(folder, $"{kind.Name}.http");
            files[kind.Name] = AttackFile.Parse(path, File.ReadAllText(path), Read);
        }
    }

    /// <summary>Creates what the next <paramref name="count"/> targets of a kind use up, concurrently.</summary>
    public async Task EnsureAsync(string kind, int count, CancellationToken cancellationToken)
    {
        switch (kind)
        {
            case "cancel" or "verify":
                await tickets.EnsureAsync(count, cancellationToken);
                break;
            case "exit":
                await stays.EnsureAsync(count, cancellationToken);
                break;
            case "refresh":
                await refreshTokens.EnsureAsync(count, cancellationToken);
                break;
            case Kind.Mixed:
                var parts = Parts();
                var total = parts.Sum(part => part.Weight);
                int Share(params string[] kinds) =>
                    (int)Math.Ceiling((double)count * parts.Where(part => kinds.Contains(part.Kind)).Sum(part => part.Weight) / total) + 1;
                await tickets.EnsureAsync(Share("cancel", "verify"), cancellationToken);
                await stays.EnsureAsync(Share("exit"), cancellationToken);
                await refreshTokens.EnsureAsync(Share("refresh"), cancellationToken);
                break;
        }
    }

    /// <summary>Makes a refresh token from a response available to later targets.</summary>
    public void AddRefreshToken(string token) => refreshTokens.Add(token);

    /// <summary>The users who log in, each logged in once at the target, which renews a hash of another work factor.</summary>
    public async Task LogInAsync(ApiClient target, CancellationToken cancellationToken)
    {
        var all = await accounts.AllAsync(cancellationToken);
        await InParallel.CreateAsync(
            all.Count,
            async (i, stop) => await Account.LoginAsync(target, all[i].Username, all[i].Password, stop),
            cancellationToken
        );
    }

    /// <summary>The next target of a kind.</summary>
    /// <exception cref="LoadTestException">The service refused something that the target needs.</exception>
    public async ValueTask<Target> NextAsync(string kind, CancellationToken cancellationToken)
    {
        switch (kind)
        {
            case Kind.Mixed:
                mix ??= Mix.Sequence(Parts()).GetEnumerator();
                mix.MoveNext();
                return await NextAsync(mix.Current, cancellationToken);
            case "signup":
                var (username, password) = accounts.NewCredentials();
                return Fill(kind, new() { ["username"] = username, ["password"] = password }, token: null);
            case "login":
                var user = await accounts.NextAsync(cancellationToken);
                return Fill(kind, new() { ["username"] = user.Username, ["password"] = user.Password }, token: null);
            case "refresh":
                return Fill(kind, new() { ["refresh_token"] = await refreshTokens.TakeAsync(cancellationToken) }, token: null);
            case "search":
                return await ByUserAsync(kind, await timetable.SearchAsync(cancellationToken), cancellationToken);
            case "seats":
                return await ByUserAsync(kind, await timetable.SeatMapAsync(cancellationToken), cancellationToken);
            case "ticket-hot":
                return await ByUserAsync(kind, await timetable.HotTicketAsync(cancellationToken), cancellationToken);
            case "ticket-many":
                return await ByUserAsync(kind, await timetable.SpreadTicketAsync(cancellationToken), cancellationToken);
            case "cancel":
                var ticket = await tickets.TakeAsync(cancellationToken);
                return Fill(kind, new() { ["run"] = ticket.Run, ["ticket"] = ticket.Id }, await ticket.Owner.TokenAsync(cancellationToken));
            case "verify":
                var code = (await tickets.TakeAsync(cancellationToken)).Code;
                return Fill(kind, new() { ["code"] = code }, await accounts.InspectorTokenAsync(cancellationToken));
            case "park":
                return await ByUserAsync(kind, await garage.EntryAsync(cancellationToken), cancellationToken);
            case "exit":
                var stay = await stays.TakeAsync(cancellationToken);
                return Fill(kind, new() { ["lot"] = stay.Lot, ["ticket"] = stay.Id }, await stay.Owner.TokenAsync(cancellationToken));
            case "ledger-entry":
                return await ByUserAsync(kind, new() { ["at"] = investors.NextMoment() }, cancellationToken);
            case "portfolio" or "portfolio-past":
                var investor = await investors.NextAsync(cancellationToken);
                return Fill(kind, new() { ["day"] = investors.PastDay() }, await investor.TokenAsync(cancellationToken));
            default:
                return await ByUserAsync(kind, [], cancellationToken);
        }
    }

    async ValueTask<Target> ByUserAsync(string kind, Dictionary<string, string> values, CancellationToken cancellationToken) =>
        Fill(kind, values, await (await accounts.NextAsync(cancellationToken)).TokenAsync(cancellationToken));

    Target Fill(string kind, Dictionary<string, string> values, string? token) =>
        files.TryGetValue(kind, out var file)
            ? file.Fill(url, values, token)
            : throw new LoadTestException($"The mix has a kind of work without an attack file: {kind}");

    IReadOnlyList<(int Weight, string Kind)> Parts() => Mix.Parse(File.ReadAllText(Path.Combine(folder, "mixed.weights")));
}
