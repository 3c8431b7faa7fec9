using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Ledger;

/// <summary>One user's portfolio, and the responses about it that its clients received.</summary>
sealed class AcknowledgedPortfolio(string token)
{
    public string Token { get; } = token;

    /// <summary>Bodies of 201, by the request's key.</summary>
    public ConcurrentDictionary<string, ConcurrentBag<string>> Recorded { get; } = [];

    public ConcurrentDictionary<Guid, bool> Removed { get; } = [];

    /// <summary>Bodies of the responses to imports.</summary>
    public ConcurrentBag<string> Imported { get; } = [];
}

/// <summary>What the clients of a test share.</summary>
/// <param name="marks">The total numbers of responses at which marks are reached, in ascending order.</param>
sealed class ClientWork(params int[] marks)
{
    static readonly DateTime start = new(2022, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    readonly (int Responses, TaskCompletionSource Reached)[] marks =
    [
        .. marks.Select(mark => (mark, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))),
    ];
    int responded,
        unanswered,
        refused,
        moments;

    /// <summary>Responses that no client should get.</summary>
    public ConcurrentBag<string> Wrong { get; } = [];

    /// <summary>Requests that got no response and were repeated.</summary>
    public int Unanswered => unanswered;

    public int Refused => refused;

    public Task ReachedAsync(int mark) => marks[mark].Reached.Task;

    public void Responded(bool isRefused)
    {
        if (isRefused)
            Interlocked.Increment(ref refused);
        var so = Interlocked.Increment(ref responded);
        foreach (var (responses, reached) in marks)
        {
            if (so >= responses)
                reached.TrySetResult();
        }
    }

    public void NotAnswered() => Interlocked.Increment(ref unanswered);

    /// <summary>A moment that no other entry has: those would count in the order in which they came.</summary>
    public DateTime NextMoment(Random random) => start.AddDays(random.Next(300)).AddSeconds(Interlocked.Increment(ref moments));
}

/// <summary>
/// One of several clients that record, remove and import at random and know only the responses they received. A request without a
/// response is repeated with the same key until there is one.
/// </summary>
sealed class LedgerClient(HttpClient http, ClientWork work, IReadOnlyList<AcknowledgedPortfolio> portfolios, int seed)
{
    const int Trades = 12;

    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20),
        Timeout = TimeSpan.FromSeconds(60);
    static readonly string[] symbols = ["INFY", "TCS"];

    readonly Random random = new(seed);

    public async Task RunAsync(int steps, CancellationToken cancellationToken)
    {
        for (var step = 0; step < steps; step++)
        {
            var portfolio = portfolios[step % portfolios.Count];
            switch (random.Next(12))
            {
                case 0:
                    await RemoveAsync(portfolio, cancellationToken);
                    break;
                case 1:
                    await ImportAsync(portfolio, cancellationToken);
                    break;
                default:
                    await RecordAsync(portfolio, cancellationToken);
                    break;
            }
        }
    }

    async Task RecordAsync(AcknowledgedPortfolio portfolio, CancellationToken cancellationToken)
    {
        var (key, entry) = (Guid.NewGuid().ToString(), Some());
        // Now and then the client sends twice.
        var times = random.Next(5) == 0 ? 2 : 1;
        foreach (
            var (status, text, _) in await Task.WhenAll(
                Enumerable
                    .Range(0, times)
                    .Select(_ =>
                        SureAsync(
                            HttpMethod.Post,
                            "/v1/ledger/entries",
                            portfolio.Token,
                            () => JsonContent.Create(entry),
                            key,
                            cancellationToken
                        )
                    )
            )
        )
        {
            if (status == HttpStatusCode.Created)
                portfolio.Recorded.GetOrAdd(key, _ => []).Add(text);
            else if (status != HttpStatusCode.Conflict)
                work.Wrong.Add($"An entry: {(int)status} {text}");
        }
    }

    async Task RemoveAsync(AcknowledgedPortfolio portfolio, CancellationToken cancellationToken)
    {
        var ids = portfolio.Recorded.Values.Select(bodies => IdOf(bodies.First())).Where(id => !portfolio.Removed.ContainsKey(id)).ToList();
        if (ids.Count == 0)
            return;
        var id = ids[random.Next(ids.Count)];
        var (status, text, attempts) = await SureAsync(
            HttpMethod.Delete,
            $"/v1/ledger/entries/{id}",
            portfolio.Token,
            null,
            null,
            cancellationToken
        );
        // Already removed: by the first attempt, whose response was lost, or by another client.
        if (status == HttpStatusCode.NoContent || (status == HttpStatusCode.NotFound && attempts > 1))
            portfolio.Removed[id] = true;
        else if (status is not (HttpStatusCode.Conflict or HttpStatusCode.NotFound))
            work.Wrong.Add($"A removal: {(int)status} {text}");
    }

    async Task ImportAsync(AcknowledgedPortfolio portfolio, CancellationToken cancellationToken)
    {
        var mark = random.Next(1_000_000);
        var file = new StringBuilder("symbol,trade_date,exchange,trade_type,quantity,price,trade_id,order_execution_time\n");
        for (var i = 0; i < Trades; i++)
        {
            var at = work.NextMoment(random);
            file.Append(
                CultureInfo.InvariantCulture,
                $"{symbols[random.Next(symbols.Length)]},{at:yyyy-MM-dd},NSE,buy,{random.Next(1, 9)},"
                    + $"{random.Next(1_000, 20_000) / 100m},{seed}-{mark}-{i},{at:yyyy-MM-ddTHH:mm:ss}Z\n"
            );
        }

        var (status, text, attempts) = await SureAsync(
            HttpMethod.Post,
            "/v1/ledger/import?fund=auto",
            portfolio.Token,
            () => new StringContent(file.ToString(), Encoding.UTF8, "text/csv"),
            null,
            cancellationToken
        );
        if (status != HttpStatusCode.OK)
            work.Wrong.Add($"An import: {(int)status} {text}");
        else if (Count(text, "trades") != Trades || (Count(text, "added") is var added && added != Trades && (added != 0 || attempts == 1)))
            work.Wrong.Add($"An import, attempt {attempts}: {text}");
        else
            portfolio.Imported.Add(text);
    }

    Dictionary<string, object> Some()
    {
        var (at, symbol) = (
            work.NextMoment(random).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            symbols[random.Next(symbols.Length)]
        );
        var entry = random.Next(10) switch
        {
            < 3 => Money("deposit", 5_000_000),
            3 => Money("withdrawal", 1_000_000),
            4 => Money("dividend", 100_000),
            5 => Money("fee", 10_000),
            < 8 => Trade("buy", 20),
            8 => Trade("sell", 10),
            _ => new()
            {
                ["type"] = "split",
                ["symbol"] = symbol,
                ["ratio"] = 2,
            },
        };
        entry["at"] = at;
        return entry;

        Dictionary<string, object> Money(string type, int most) => new() { ["type"] = type, ["amount"] = random.Next(1, most) / 100m };

        Dictionary<string, object> Trade(string type, int most) =>
            new()
            {
                ["type"] = type,
                ["symbol"] = symbol,
                ["quantity"] = random.Next(1, most),
                ["price"] = random.Next(1_000, 20_000) / 100m,
                ["charges"] = random.Next(500) / 100m,
            };
    }

    /// <summary>Repeats a request until there is a response.</summary>
    public async Task<(HttpStatusCode Status, string Text, int Attempts)> SureAsync(
        HttpMethod method,
        string path,
        string token,
        Func<HttpContent>? content,
        string? key,
        CancellationToken cancellationToken
    )
    {
        using var timer = new PeriodicTimer(Pause);
        var start = Stopwatch.GetTimestamp();
        for (var attempts = 1; Stopwatch.GetElapsedTime(start) < Timeout; attempts++)
        {
            try
            {
                using var request = new HttpRequestMessage(method, path) { Content = content?.Invoke() };
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                if (key is not null)
                    request.Headers.Add("Idempotency-Key", key);
                using var response = await http.SendAsync(request, cancellationToken);
                var text = await response.Content.ReadAsStringAsync(cancellationToken);
                // 429: earlier imports of this user are still running.
                if (response.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests))
                {
                    work.Responded(isRefused: response.StatusCode == HttpStatusCode.Conflict);
                    return (response.StatusCode, text, attempts);
                }
            }
            catch (Exception e) when (NoResponse.Is(e, cancellationToken))
            {
                // The next attempt shows the outcome.
            }

            work.NotAnswered();
            await timer.WaitForNextTickAsync(cancellationToken);
        }

        throw new TimeoutException($"No response within {Timeout}: {method} {path}");
    }

    public static Guid IdOf(string body) => JsonElement.Parse(body).GetProperty("id").GetGuid();

    static int Count(string body, string property) => JsonElement.Parse(body).GetProperty(property).GetInt32();
}
