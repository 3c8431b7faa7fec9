using System.Globalization;
using System.Text;
using System.Text.Json;
using FunctionsApp.Functions.Tests.Conventions;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Security;

/// <summary>Sends the worst text that fits in a body in each field, and checks the server's counter of normalized text.</summary>
[OwnServer]
public sealed class LargeTextTests(TestServers servers)
{
    const int MaxBody = 1 << 20;

    // Enough for the other fields of the request, and far below the half million characters of the large one.
    const int PerRequest = 4096;

    static readonly JsonSerializerOptions Unescaped = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [Fact]
    public async Task Too_long_text_is_not_normalized_in_any_field()
    {
        await using var server = await servers.StartAsync();
        var admin = await server.Api.NewAdminAsync();
        var requests = 0;
        foreach (var endpoint in Endpoint.All)
        {
            var path = await endpoint.PathAsync(admin);
            foreach (var field in endpoint.Texts)
            {
                var body = await endpoint.BodyAsync(admin);
                body[field] = "";
                body[field] = Worst(MaxBody - Encoding.UTF8.GetByteCount(body.ToJsonString(Unescaped)));
                await SendAsync(endpoint, path, new StringContent(body.ToJsonString(Unescaped), Encoding.UTF8, "application/json"), field);
            }
        }

        foreach (var field in new[] { "username", "password" })
        {
            // Each byte of the text takes three bytes in a form.
            var fields = new Dictionary<string, string>
            {
                ["username"] = admin.Name,
                ["password"] = Person.FirstPassword,
                [field] = Worst(MaxBody / 3 - 100),
            };
            await SendAsync(Endpoint.All.Single(endpoint => endpoint.Path == "/login"), "/login", new FormUrlEncodedContent(fields), field);
        }

        Assert.InRange(await NormalizedAsync(server.Api, admin), 1, requests * PerRequest);

        async Task SendAsync(Endpoint endpoint, string path, HttpContent content, string field)
        {
            requests++;
            var response = await server.Api.SendAsync(endpoint.Method, path, admin.Token, content);
            Assert.True(
                (int)response.Status is >= 400 and < 500 || field is "scope" or "client_id" or "client_secret",
                $"{field}: {response}"
            );
            Assert.True(response.Body.Length < 4096, $"{endpoint}, {field}: the response repeats the input.");
        }
    }

    static string Worst(int bytes)
    {
        var text = string.Concat(Enumerable.Repeat("\u0301\u0316", bytes / 4));
        return "a" + text[..^1];
    }

    // The metrics page may be cached briefly: it is current if it includes this request, which is recognized by its route.
    static async Task<long> NormalizedAsync(Api api, Person admin)
    {
        (await api.GetAsync("/users/me/events", admin.Token)).Is(200);
        var metrics = await api.PollAsync(
            "/metrics",
            response => response.Body.Contains("http_route=\"users/me/events\"", StringComparison.Ordinal)
        );
        var line = Assert.Single(
            metrics.Body.Split('\n'),
            line => line.StartsWith("text_normalization_characters_total", StringComparison.Ordinal)
        );
        return (long)double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
