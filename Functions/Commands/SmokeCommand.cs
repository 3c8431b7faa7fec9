using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using FunctionsApp.Core;
using FunctionsApp.Core.Trains;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Commands;

/// <summary>
/// Checks a deployment from a client's side: signs up, logs in, buys a ticket, cancels it and deletes the account. Only what needs an
/// administrator, a run to buy a ticket for, is added directly to the database. The run stays for the next check.
/// </summary>
static class SmokeCommand
{
    const string From = "Smoke test A",
        To = "Smoke test B",
        Class = "S";

    /// <summary>The last day on which runs can be found, so no traveler is offered this one.</summary>
    static readonly DateOnly Day = new(2200, 12, 31);

    /// <summary>The time limit of each request, which may have to wait until a release that was scaled to zero has started.</summary>
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    /// <summary><c>smoke URL [--host NAME] [--wrong-password]</c>.</summary>
    public static Command Create(AppModules modules)
    {
        var url = new Argument<Uri>("URL")
        {
            Description = "Where the API is, without the route prefix, such as http://localhost:8890.",
            CustomParser = result =>
            {
                if (
                    Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var parsed)
                    && parsed.Scheme is "http" or "https"
                    && parsed.AbsolutePath == "/"
                )
                    return parsed;
                result.AddError($"'{result.Tokens[0].Value}' is not a URL without a path, such as http://localhost:8890.");
                return null;
            },
        };
        var host = new Option<string?>("--host") { Description = "The Host header, if it is not the URL's.", HelpName = "NAME" };
        var wrong = new Option<bool>("--wrong-password") { Description = "Log in with a wrong password. The command must then fail." };
        return new Command("smoke", "Check a deployment: sign up, log in, buy and cancel a ticket, delete the account.")
        {
            url,
            host,
            wrong,
        }.Does(
            modules,
            (services, result, cancellationToken) =>
                RunAsync(
                    services.GetRequiredService<RunService>(),
                    result.GetRequiredValue(url),
                    result.GetValue(host),
                    result.GetValue(wrong),
                    cancellationToken
                )
        );
    }

    static async Task RunAsync(RunService runs, Uri url, string? host, bool wrongPassword, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = new(url, $"{HostJson.RoutePrefix}/"), Timeout = Timeout };
        http.DefaultRequestHeaders.Host = host;
        var name = $"smoke-{RandomNumberGenerator.GetHexString(12, lowercase: true)}";
        var password = RandomNumberGenerator.GetHexString(32);

        using (await SendAsync(HttpMethod.Post, "signup", new { username = name, password }, HttpStatusCode.OK)) { }
        Console.WriteLine($"Signed up as {name}.");
        try
        {
            await LoginAsync(wrongPassword ? $"not {password}" : password);
            Console.WriteLine("Logged in.");
            await BuyAsync();
        }
        finally
        {
            // The account does not stay, whatever failed.
            if (http.DefaultRequestHeaders.Authorization is null)
                await LoginAsync(password);
            using (await SendAsync(HttpMethod.Delete, "users/me", new { current_password = password }, HttpStatusCode.NoContent)) { }
            Console.WriteLine("Deleted the account.");
        }

        async Task LoginAsync(string with)
        {
            using var tokens = await SendAsync(HttpMethod.Post, "login", new { username = name, password = with }, HttpStatusCode.OK);
            http.DefaultRequestHeaders.Authorization = new("Bearer", tokens.RootElement.GetProperty("access_token").GetString());
        }

        async Task BuyAsync()
        {
            var run = await FindRunAsync() ?? await AddRunAsync(runs, cancellationToken);
            var order = new
            {
                from = From,
                to = To,
                @class = Class,
                passengers = new[] { "Smoke Test" },
            };
            using var ticket = await SendAsync(HttpMethod.Post, $"trains/{run}/tickets", order, HttpStatusCode.Created);
            var id = ticket.RootElement.GetProperty("id").GetGuid();
            var status = ticket.RootElement.GetProperty("status").GetString();
            Console.WriteLine($"Bought the ticket {id}: {status}.");
            using var cancelled = await SendAsync(HttpMethod.Delete, $"trains/{run}/tickets/{id}", null, HttpStatusCode.OK);
            if (status != "confirmed" || cancelled.RootElement.GetProperty("status").GetString() != "cancelled")
                throw new SmokeException($"The ticket {id} was {status} instead of confirmed, or could not be cancelled.");
            Console.WriteLine("Cancelled it.");
        }

        async Task<Guid?> FindRunAsync()
        {
            var path = $"trains?from={Uri.EscapeDataString(From)}&to={Uri.EscapeDataString(To)}&date={Day:yyyy-MM-dd}";
            using var found = await SendAsync(HttpMethod.Get, path, null, HttpStatusCode.OK);
            var items = found.RootElement.GetProperty("items");
            return items.GetArrayLength() == 0 ? null : items[0].GetProperty("id").GetGuid();
        }

        async Task<JsonDocument> SendAsync(HttpMethod method, string path, object? body, HttpStatusCode expected)
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
            var step = $"{method} {new Uri(http.BaseAddress!, path).GetLeftPart(UriPartial.Path)}";
            try
            {
                using var response = await http.SendAsync(request, cancellationToken);
                var text = await response.Content.ReadAsStringAsync(cancellationToken);
                if (response.StatusCode != expected)
                    throw new SmokeException($"{step} returned {(int)response.StatusCode} instead of {(int)expected}. {Shorten(text)}");
                return JsonDocument.Parse(text.Length == 0 ? "null" : text);
            }
            catch (Exception e) when (e is HttpRequestException or JsonException)
            {
                throw new SmokeException($"{step} failed: {e.Message}", e);
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                throw new SmokeException($"{step} had no response within {Timeout.TotalSeconds:0} s.", e);
            }
        }
    }

    // A run without departure times, whose day is far away, can always be booked.
    static async Task<Guid> AddRunAsync(RunService runs, CancellationToken cancellationToken) =>
        (
            await runs.AddRunAsync(
                "SMOKE",
                "Smoke test",
                Day,
                [new(From, null, null, 0), new(To, null, null, 1)],
                [new("S1", Class, 64, 0.01m)],
                Guid.Empty,
                key: null,
                cancellationToken
            )
        ).Id;

    static string Shorten(string text) => text.Length <= 500 ? text : $"{text[..500]}…";

    /// <summary>The deployment does not do what it should. The message names the request and the response.</summary>
    public sealed class SmokeException(string message, Exception? inner = null) : Exception(message, inner);
}
