using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace FunctionsApp.ClusterTest.Load;

/// <summary>
/// A user that records deposits of 1 in the ledger, one after the other. Each has an idempotency key, with which a request
/// that failed is sent again until it is acknowledged, after the time that the server asks for (<c>Retry-After</c>).
/// </summary>
/// <param name="acknowledged">Called after each acknowledgment.</param>
/// <param name="interval">The time from one deposit to the next; null for no time in between.</param>
public sealed class RetryingClient(User user, Action acknowledged, TimeSpan? interval)
{
    static readonly TimeSpan timeout = TimeSpan.FromSeconds(10);

    /// <summary>Deposits that the server acknowledged.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>Requests that failed and were sent again.</summary>
    public int Retries { get; private set; }

    /// <summary>The longest time from one acknowledgment to the next.</summary>
    public TimeSpan LongestPause { get; private set; }

    /// <summary>Records deposits until the token is canceled, and then finishes the last one.</summary>
    public async Task DepositAsync(CancellationToken stop)
    {
        using var timer = interval is { } time ? new PeriodicTimer(time) : null;
        var pause = Stopwatch.StartNew();
        while (!stop.IsCancellationRequested)
        {
            if (timer is not null)
                await timer.WaitForNextTickAsync(CancellationToken.None);
            var key = Guid.CreateVersion7().ToString();
            while (!await TryDepositAsync(key))
                Retries++;
            Acknowledged++;
            LongestPause = pause.Elapsed > LongestPause ? pause.Elapsed : LongestPause;
            pause.Restart();
            acknowledged();
        }
    }

    /// <summary>The sum of all deposits that are stored.</summary>
    public async Task<decimal> StoredAsync()
    {
        var portfolio = await user.Http.GetFromJsonAsync<JsonElement>("v1/portfolio");
        return portfolio.GetProperty("cash").GetDecimal();
    }

    async Task<bool> TryDepositAsync(string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/ledger/entries")
        {
            Content = JsonContent.Create(
                new
                {
                    type = "deposit",
                    at = "2024-01-01",
                    amount = 1,
                }
            ),
        };
        request.Headers.Add("Idempotency-Key", key);
        using var limit = new CancellationTokenSource(timeout);
        try
        {
            using var response = await user.Http.SendAsync(request, limit.Token);
            // Every other status is a mistake of this test, which a retry would not end.
            if ((int)response.StatusCode is >= 400 and < 500 and not 408 and not 429)
                throw new ClusterTestException(
                    $"A deposit returned {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}"
                );
            if (response.Headers.RetryAfter?.Delta is { } delay)
                await Task.Delay(delay);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or OperationCanceledException)
        {
            return false;
        }
    }
}
