using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Conventions;

/// <summary>
/// Invalid input results in a clear problem+json and has no partial effects: the administrator who sends it, or the user whom it would
/// change, is unchanged, and no user is created.
/// </summary>
public sealed class BadInputTests(TestServers servers)
{
    public static TheoryData<int> Endpoints => [.. Enumerable.Range(0, Endpoint.All.Count)];

    public static TheoryData<int, string> TextFields =>
        new(Endpoint.All.SelectMany((endpoint, i) => endpoint.Texts.Select(text => (i, text))));

    [Fact]
    public void Every_endpoint_with_a_JSON_body_is_tested()
    {
        var document = JsonElement.Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs", "openapi.json")));
        var published =
            from path in document.GetProperty("paths").EnumerateObject()
            from operation in path.Value.EnumerateObject()
            where
                operation.Value.TryGetProperty("requestBody", out var body)
                && body.GetProperty("content").TryGetProperty("application/json", out _)
            select $"{operation.Name.ToUpperInvariant()} {Endpoint.Parameter().Replace(path.Name, "{}")}";

        // A new module lists its endpoints in a class that implements IEndpoints.
        Assert.Equal(
            published.Order(),
            Endpoint.All.Select(endpoint => $"{endpoint.Method} {Endpoint.Parameter().Replace(endpoint.Path, "{}")}").Order()
        );
    }

    [Theory, MemberData(nameof(Endpoints))]
    public async Task A_valid_body_is_accepted(int endpoint)
    {
        var story = await Story.StartAsync(servers, endpoint);

        var response = await story.SendAsync(story.Text(story.Body));

        Assert.InRange((int)response.Status, 200, 204);
    }

    [Theory, MemberData(nameof(Endpoints))]
    public async Task Truncated_JSON_is_400(int endpoint)
    {
        var story = await Story.StartAsync(servers, endpoint);
        var body = story.Text(story.Body);

        foreach (var length in new[] { 1, 2, 5, body.Length / 2, body.Length - 2, body.Length - 1 })
            (await story.SendAsync(body[..length])).IsProblem(400);

        await story.NothingHappenedAsync();
    }

    [Theory, MemberData(nameof(Endpoints))]
    public async Task Malformed_JSON_is_400(int endpoint)
    {
        var story = await Story.StartAsync(servers, endpoint);
        var body = story.Text(story.Body);

        foreach (
            var malformed in new[]
            {
                $"{body}}}",
                $"{body} x",
                $"x{body}",
                body.Replace('"', '\''),
                story.Endpoint.IsArray ? $"{{{body}" : $"[{body}",
                body.Replace(":", "="),
                $"/* c */{body}",
                body[..^1] + ",}",
                "\ufeffx",
            }
        )
        {
            (await story.SendAsync(malformed)).IsProblem(400);
        }

        await story.NothingHappenedAsync();
    }

    [Theory, MemberData(nameof(Endpoints))]
    public async Task A_body_of_another_structure_is_400(int endpoint)
    {
        var story = await Story.StartAsync(servers, endpoint);

        var (isArray, item) = (story.Endpoint.IsArray, story.Body.ToJsonString());
        foreach (var other in new[] { "null", isArray ? item : "[]", "\"text\"", "7", "true", "", " " })
            (await story.SendAsync(other)).IsProblem(400);
        foreach (var nested in new[] { $"[{story.Text(item)}]", new string('[', 5000) })
            (await story.SendAsync(nested)).IsProblem(400, isArray ? ["[0]"] : []);

        await story.NothingHappenedAsync();
    }

    [Theory, MemberData(nameof(Endpoints))]
    public async Task An_unsupported_media_type_is_415(int endpoint)
    {
        var story = await Story.StartAsync(servers, endpoint);

        foreach (
            var type in new[]
            {
                "text/plain",
                "application/xml",
                "text/json",
                "application/octet-stream",
                "application/json; charset=nonsense",
                "multipart/form-data",
            }
        )
        {
            var content = new ByteArrayContent(Encoding.UTF8.GetBytes(story.Text(story.Body)));
            Assert.True(content.Headers.TryAddWithoutValidation("Content-Type", type));
            (await story.SendAsync(content)).IsProblem(415);
        }

        (await story.SendAsync(new ByteArrayContent(Encoding.UTF8.GetBytes(story.Text(story.Body))))).IsProblem(415);
        if (!story.Endpoint.TakesForms)
            (
                await story.SendAsync(
                    new FormUrlEncodedContent(story.Body.Select(field => KeyValuePair.Create(field.Key, field.Value?.ToString())))
                )
            ).IsProblem(415);
        await story.NothingHappenedAsync();
    }

    [Theory, MemberData(nameof(Endpoints))]
    public async Task An_unknown_field_is_400_and_named(int endpoint)
    {
        var story = await Story.StartAsync(servers, endpoint);

        foreach (var unknown in new[] { "id", "is_admin", "Username", "passWord", "version", "" })
        {
            var body = story.Body;
            body[unknown] = "x";
            (await story.SendAsync(story.Text(body))).IsProblem(400, story.Field(unknown));
        }

        await story.NothingHappenedAsync();
    }

    [Theory, MemberData(nameof(TextFields))]
    public async Task A_duplicate_field_is_400_and_named(int endpoint, string field)
    {
        var story = await Story.StartAsync(servers, endpoint);
        var body = story.Body.ToJsonString();
        var duplicate = $$"""{"{{field}}": {{story.Body[field]!.ToJsonString()}}, {{body[1..]}}""";

        (await story.SendAsync(story.Text(duplicate))).IsProblem(400, story.Field(field));

        await story.NothingHappenedAsync();
    }

    [Theory, MemberData(nameof(TextFields))]
    public async Task A_wrong_type_is_400_and_named(int endpoint, string field)
    {
        var story = await Story.StartAsync(servers, endpoint);

        foreach (var wrong in new[] { "7", "true", "{}", "[]", "[\"x\"]", "{\"value\": \"x\"}" })
        {
            var body = story.Body;
            body[field] = JsonNode.Parse(wrong);
            (await story.SendAsync(story.Text(body))).IsProblem(400, story.Field(field));
        }

        await story.NothingHappenedAsync();
    }

    [Theory, MemberData(nameof(TextFields))]
    public async Task A_NUL_a_noncharacter_or_an_unpaired_surrogate_is_400_and_named(int endpoint, string field)
    {
        var story = await Story.StartAsync(servers, endpoint);

        foreach (
            var bad in new[]
            {
                @"\u0000",
                @"\ud800",
                @"\udc00",
                @"\udc00\ud800",
                @"\ud83e",
                @"\ufffe",
                @"\uffff",
                @"\ufdd0",
                @"\ud83f\udffe",
            }
        )
        {
            foreach (var text in new[] { bad, $"correct horse{bad}", $"{bad}correct horse" })
            {
                (await story.SendAsync(With(text))).IsProblem(400, story.Field(field));
            }
        }

        foreach (byte[] bad in new byte[][] { [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0xa6] })
        {
            var bytes = Encoding.UTF8.GetBytes(With("#")).SelectMany(one => one == '#' ? bad : [one]).ToArray();
            var content = new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            (await story.SendAsync(content)).IsProblem(400, story.Field(field));
        }

        await story.NothingHappenedAsync();

        string With(string text)
        {
            var body = story.Body;
            body[field] = "@";
            return story.Text(body).Replace($"\"{field}\":\"@\"", $"\"{field}\":\"{text}\"", StringComparison.Ordinal);
        }
    }

    [Theory, MemberData(nameof(Endpoints))]
    public async Task A_body_of_ten_megabytes_is_413(int endpoint)
    {
        var story = await Story.StartAsync(servers, endpoint);
        var body = story.Body;
        body[story.Endpoint.Texts[0]] = new string('x', 10 << 20);
        var bytes = Encoding.UTF8.GetBytes(story.Text(body));

        (await story.SendAsync(new ByteArrayContent(bytes) { Headers = { ContentType = new("application/json") } })).IsProblem(413);
        (await story.SendAsync(new ChunkedContent(bytes) { Headers = { ContentType = new("application/json") } })).IsProblem(413);

        await story.NothingHappenedAsync();
    }

    [Fact]
    public async Task A_form_of_ten_megabytes_is_413()
    {
        var api = await servers.SharedAsync();
        var bytes = Encoding.ASCII.GetBytes($"username={new string('x', 10 << 20)}&password=x");

        (
            await api.PostAsync(
                "/login",
                new ByteArrayContent(bytes) { Headers = { ContentType = new("application/x-www-form-urlencoded") } }
            )
        ).IsProblem(413);
        (
            await api.PostAsync(
                "/login",
                new ChunkedContent(bytes) { Headers = { ContentType = new("application/x-www-form-urlencoded") } }
            )
        ).IsProblem(413);
    }

    [Fact]
    public async Task An_unreadable_form_is_400()
    {
        var api = await servers.SharedAsync();
        var manyFields = string.Join('&', Enumerable.Range(0, 2000).Select(i => $"a{i}=1"));

        (await api.PostAsync("/login", new StringContent(manyFields, Encoding.ASCII, "application/x-www-form-urlencoded"))).IsProblem(400);
        (
            await api.PostAsync(
                "/login",
                new StringContent($"{new string('k', 5000)}=1", Encoding.ASCII, "application/x-www-form-urlencoded")
            )
        ).IsProblem(400);
        (await api.PostAsync("/login", new StringContent("", Encoding.ASCII, "application/x-www-form-urlencoded"))).IsProblem(
            400,
            "password",
            "username"
        );
    }

    [Theory]
    [InlineData("/signup", "username", "password")]
    [InlineData("/login", "username", "password")]
    [InlineData("/token/refresh", "refresh_token")]
    public async Task A_missing_field_is_400_and_named(string path, params string[] fields)
    {
        var api = await servers.SharedAsync();

        (await api.PostAsync(path, "{}")).IsProblem(400, fields);
        foreach (var field in fields)
            (await api.PostAsync(path, $$"""{"{{field}}": null}""")).IsProblem(400, field);
    }

    [Fact]
    public async Task Ten_megabytes_for_a_path_without_a_body_are_harmless()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        (await api.SendAsync(HttpMethod.Post, "/logout", person.Token, new ByteArrayContent(new byte[10 << 20]))).IsProblem(413);

        (await person.GetAsync("/users/me")).Is(200);
    }

    [Fact]
    public async Task Unusual_headers_do_not_cause_500()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        (
            await api.SendAsync(
                HttpMethod.Get,
                "/users/me",
                person.Token,
                null,
                ("Accept", "text/html"),
                ("Accept-Language", "xx;q=nonsense"),
                ("If-None-Match", "nonsense"),
                ("User-Agent", new string('x', 4000))
            )
        ).Is(200);
        (await api.SendAsync(HttpMethod.Get, "/nothing", person.Token, null, ("Accept", "image/png"))).IsProblem(404);
        (await api.SendAsync(HttpMethod.Get, "/users/me", person.Token, null, ("traceparent", "nonsense"))).Is(200);
    }

    sealed record Story(Api Api, Endpoint Endpoint, string Path, Person Admin, JsonObject Good, string Before)
    {
        /// <summary>A new copy of the valid body.</summary>
        public JsonObject Body => JsonNode.Parse(Good.ToJsonString())!.AsObject();

        /// <summary>The body as it is sent.</summary>
        public string Text(JsonObject body) => Text(body.ToJsonString());

        /// <inheritdoc cref="Text(JsonObject)"/>
        public string Text(string body) => Endpoint.IsArray ? $"[{body}]" : body;

        /// <summary>How a problem names a field of the body.</summary>
        public string Field(string name) => Endpoint.IsArray ? $"[0].{name}" : name;

        public static async Task<Story> StartAsync(TestServers servers, int endpoint)
        {
            var api = await servers.SharedAsync();
            var admin = await api.NewAdminAsync();
            var path = await Endpoint.All[endpoint].PathAsync(admin);
            var good = await Endpoint.All[endpoint].BodyAsync(admin);
            return new(api, Endpoint.All[endpoint], path, admin, good, await StateAsync(api, path, admin));
        }

        public Task<ApiResponse> SendAsync(string body) => SendAsync(new StringContent(body, Encoding.UTF8, "application/json"));

        public Task<ApiResponse> SendAsync(HttpContent content) => Api.SendAsync(Endpoint.Method, Path, Admin.Token, content);

        public async Task NothingHappenedAsync()
        {
            Assert.Equal(Before, await StateAsync(Api, Path, Admin));
            if (Endpoint.Path is "/signup" or "/users")
                Assert.Equal(0, await Api.CountUsersAsync((string)Good["username"]!));
        }

        // Of the administrator, or of the user whom the request changes.
        static async Task<string> StateAsync(Api api, string path, Person admin)
        {
            var id = Guid.TryParse(path.Split("/users/")[^1], out var changed) ? changed : admin.Id;
            var user = await api.ReadAsync<string>("select to_jsonb(u)::text from users u where id = @id", ("id", id));
            var identifiers = await api.ReadAsync<long>("select count(*) from identifiers where user_id = @id", ("id", id));
            var sessions = await api.ReadAsync<string>(
                "select coalesce(jsonb_agg(s)::text, '') from sessions s where user_id = @id",
                ("id", id)
            );
            var events = await api.ReadAsync<long>("select count(*) from account_events where user_id = @id", ("id", id));
            var tickets = await api.ReadAsync<long>("select count(*) from parking_tickets where user_id = @id", ("id", id));
            var entries = await api.ReadAsync<long>(
                "select count(*) from portfolios left join ledger_entries using (user_id) where user_id = @id",
                ("id", id)
            );
            return $"{user} {identifiers} {sessions} {events} {tickets} {entries}";
        }
    }

    // Content without a Content-Length.
    sealed class ChunkedContent(byte[] bytes) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) =>
            await stream.WriteAsync(bytes);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
