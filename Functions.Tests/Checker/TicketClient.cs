using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Checker;

/// <summary>
/// One of many clients that use tickets at random and rely only on the responses they got. Without a response it
/// repeats the request, with the same key, until there is one.
/// </summary>
sealed class TicketClient(HttpClient http, TicketWorld world, TicketRecords records, int seed, TimeSpan timeout)
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    static readonly string[] Vehicles = ["motorcycle", "car", "truck"];

    readonly Random random = new(seed);
    readonly List<(Guid Run, Guid Id, string? Code)> tickets = [];
    readonly List<Guid> parked = [];

    (Guid Id, string Token) Me => world.People[seed % world.People.Count];

    /// <summary>Until <paramref name="over"/>; a started request is completed.</summary>
    public async Task RunAsync(CancellationToken over, CancellationToken cancellationToken)
    {
        while (!over.IsCancellationRequested)
        {
            switch (random.Next(100))
            {
                case < 45:
                    await IssueAsync(cancellationToken);
                    break;
                case < 65:
                    await CancelAsync(cancellationToken);
                    break;
                case < 75:
                    await VerifyAsync(cancellationToken);
                    break;
                case < 88:
                    await ParkAsync(cancellationToken);
                    break;
                default:
                    await ExitAsync(cancellationToken);
                    break;
            }
        }
    }

    async Task IssueAsync(CancellationToken cancellationToken)
    {
        var run = Any(world.Runs);
        var from = random.Next(TicketWorld.Stops.Length - 1);
        var body = new
        {
            from = TicketWorld.Stops[from],
            to = TicketWorld.Stops[random.Next(from + 1, TicketWorld.Stops.Length)],
            @class = Any(TicketWorld.Classes),
            passengers = Enumerable.Range(1, random.Next(4) == 0 ? random.Next(2, 5) : 1).Select(i => $"P{i}").ToArray(),
        };
        var key = Guid.NewGuid().ToString();
        // Now and then the client repeats a request that has a response, or sends it twice at once.
        var times = random.Next(5) == 0 ? 2 : 1;
        var responses = await Task.WhenAll(
            Enumerable
                .Range(0, times)
                .Select(_ => SureAsync(HttpMethod.Post, $"/v1/trains/{run}/tickets", body, key, Me.Token, cancellationToken))
        );
        foreach (var (status, text) in responses)
        {
            if (status == HttpStatusCode.Created)
                records.Issued.GetOrAdd((run, Me.Id, key), _ => []).Add(text);
            else if (status != HttpStatusCode.Conflict)
                records.Wrong.Add($"A ticket: {(int)status} {text}");
        }

        if (responses.FirstOrDefault(response => response.Status == HttpStatusCode.Created).Text is { } created)
        {
            var ticket = TicketRecords.Json(created);
            tickets.Add((run, ticket.GetProperty("id").GetGuid(), ticket.GetProperty("code").GetString()));
        }
    }

    async Task CancelAsync(CancellationToken cancellationToken)
    {
        if (tickets.Count == 0)
            return;
        var ticket = Take(tickets);
        var (status, text) = await SureAsync(
            HttpMethod.Delete,
            $"/v1/trains/{ticket.Run}/tickets/{ticket.Id}",
            null,
            null,
            Me.Token,
            cancellationToken
        );
        if (status == HttpStatusCode.OK)
            records.Cancelled[ticket.Id] = Me.Id;
        // Used before.
        else if (status != HttpStatusCode.Conflict)
            records.Wrong.Add($"A cancellation: {(int)status} {text}");
    }

    async Task VerifyAsync(CancellationToken cancellationToken)
    {
        if (tickets.Count == 0 || Any(tickets) is not { Code: { } code } ticket)
            return;
        // At another place the ticket is refused. At the same place the first response is repeated for a while.
        var (status, text) = await SureAsync(
            HttpMethod.Post,
            "/v1/tickets/verify",
            new { code, place = $"Gate {random.Next(2)}" },
            null,
            world.Inspector,
            cancellationToken
        );
        if (status == HttpStatusCode.OK)
        {
            var verified = TicketRecords.Json(text);
            records
                .Used.GetOrAdd(ticket.Id, _ => [])
                .Add((verified.GetProperty("used_at").GetDateTime(), verified.GetProperty("place").GetString()));
        }
        else if (status != HttpStatusCode.Conflict)
            records.Wrong.Add($"A verification: {(int)status} {text}");
    }

    async Task ParkAsync(CancellationToken cancellationToken)
    {
        var key = Guid.NewGuid().ToString();
        // Few plates, so that many are already parked.
        var body = new { plate = $"KA {random.Next(60)}", vehicle = Any(Vehicles) };
        var (status, text) = await SureAsync(
            HttpMethod.Post,
            $"/v1/parking-lots/{world.Lot}/tickets",
            body,
            key,
            Me.Token,
            cancellationToken
        );
        if (status == HttpStatusCode.Created)
        {
            records.Parked.GetOrAdd((world.Lot, Me.Id, key), _ => []).Add(text);
            parked.Add(TicketRecords.Json(text).GetProperty("id").GetGuid());
        }
        else if (status != HttpStatusCode.Conflict)
        {
            records.Wrong.Add($"A parking ticket: {(int)status} {text}");
        }
    }

    async Task ExitAsync(CancellationToken cancellationToken)
    {
        if (parked.Count == 0)
            return;
        var id = random.Next(3) == 0 ? Any(parked) : Take(parked);
        for (var i = random.Next(2); i >= 0; i--)
        {
            var (status, text) = await SureAsync(
                HttpMethod.Post,
                $"/v1/parking-lots/{world.Lot}/tickets/{id}/exit",
                null,
                null,
                Me.Token,
                cancellationToken
            );
            if (status == HttpStatusCode.OK)
                records.Fees.GetOrAdd(id, _ => []).Add(TicketRecords.Json(text).GetProperty("fee").GetDecimal());
            else
                records.Wrong.Add($"An exit: {(int)status} {text}");
        }
    }

    async Task<(HttpStatusCode Status, string Text)> SureAsync(
        HttpMethod method,
        string path,
        object? body,
        string? key,
        string token,
        CancellationToken cancellationToken
    )
    {
        using var timer = new PeriodicTimer(Pause);
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < timeout)
        {
            try
            {
                using var request = new HttpRequestMessage(method, path)
                {
                    Content = body is null ? null : JsonContent.Create(body, body.GetType()),
                };
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                if (key is not null)
                    request.Headers.Add("Idempotency-Key", key);
                using var response = await http.SendAsync(request, cancellationToken);
                var text = await response.Content.ReadAsStringAsync(cancellationToken);
                if (response.StatusCode != HttpStatusCode.ServiceUnavailable)
                {
                    records.CountResponse();
                    return (response.StatusCode, text);
                }
            }
            catch (Exception e) when (NoResponse.Is(e, cancellationToken))
            {
                // The next one will show what happened.
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }

        return (HttpStatusCode.ServiceUnavailable, $"No response within {timeout}: {method} {path}");
    }

    T Any<T>(IReadOnlyList<T> list) => list[random.Next(list.Count)];

    T Take<T>(List<T> list)
    {
        var i = random.Next(list.Count);
        var one = list[i];
        list.RemoveAt(i);
        return one;
    }
}
