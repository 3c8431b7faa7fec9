using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace FunctionsApp.Functions.Tests.Servers;

/// <summary>
/// A client of one server's API, with access to the server's database for checks and preparations that no request can do.
/// </summary>
public sealed class Api : IAsyncDisposable
{
    public const string Prefix = "/v1";

    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    readonly HttpClient http;
    readonly Func<string> log;

    /// <param name="address">Scheme, host and port; a path is ignored.</param>
    /// <param name="connectionString">The connection string of the server's database.</param>
    /// <param name="log">Returns the server's log, for the output of failed tests.</param>
    public Api(Uri address, string connectionString, Func<string> log)
    {
        Address = new Uri(address.GetLeftPart(UriPartial.Authority));
        http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = Address,
            Timeout = TimeSpan.FromSeconds(60),
        };
        var database = new NpgsqlDataSourceBuilder(
            new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = 4 }.ConnectionString
        ).BuildMultiHost();
        Database = database.WithTargetSession(TargetSessionAttributes.Primary);
        this.log = log;
    }

    public Uri Address { get; }

    public NpgsqlDataSource Database { get; }

    /// <summary>Whether the server runs without a Functions host.</summary>
    public bool IsKestrel { get; init; } = true;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public Task<ApiResponse> GetAsync(string path, string? token = null) => SendAsync(HttpMethod.Get, path, token);

    /// <param name="path">The path without the prefix.</param>
    /// <param name="body">Serialized to JSON with unchanged names; a <see cref="string"/> is sent verbatim as application/json.</param>
    /// <param name="token">A bearer token.</param>
    public Task<ApiResponse> PostAsync(string path, object? body = null, string? token = null) =>
        SendAsync(HttpMethod.Post, path, token, Content(body));

    public Task<ApiResponse> PutAsync(string path, object? body, string? token = null) =>
        SendAsync(HttpMethod.Put, path, token, Content(body));

    public Task<ApiResponse> PatchAsync(string path, object? body, string? token = null, string? ifMatch = null) =>
        SendAsync(HttpMethod.Patch, path, token, Content(body), ifMatch is null ? [] : [("If-Match", ifMatch)]);

    public Task<ApiResponse> DeleteAsync(string path, string? token = null) => SendAsync(HttpMethod.Delete, path, token);

    /// <summary>Logs in with OAuth2's form.</summary>
    public Task<ApiResponse> LoginAsync(string name, string password, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, "/login", null, new FormUrlEncodedContent([new("username", name), new("password", password)]), headers);

    public Task<ApiResponse> SendAsync(
        HttpMethod method,
        string path,
        string? token = null,
        HttpContent? content = null,
        params (string Name, string Value)[] headers
    ) => SendToRootAsync(method, Prefix + path, token, content, headers);

    /// <summary>Sends a request to a path without adding the prefix.</summary>
    public async Task<ApiResponse> SendToRootAsync(
        HttpMethod method,
        string path,
        string? token = null,
        HttpContent? content = null,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        using var response = await http.SendAsync(request, Cancel);
        var all = response
            .Headers.Concat(response.Content.Headers)
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        var apiResponse = new ApiResponse(
            $"{method} {path}",
            response.StatusCode,
            response.Content.Headers.ContentType?.MediaType,
            all,
            await response.Content.ReadAsStringAsync(Cancel)
        );
        if ((int)apiResponse.Status == 500)
            TestContext.Current.TestOutputHelper?.WriteLine($"{apiResponse}\n--- the server's log\n{log()}");
        return apiResponse;
    }

    /// <summary>Signs up a new user and logs in.</summary>
    public async Task<Person> NewPersonAsync(string? email = null, string role = "user")
    {
        var name = Unique.Name();
        var signedUp = (
            await PostAsync(
                "/signup",
                new
                {
                    username = name,
                    password = Person.FirstPassword,
                    email,
                }
            )
        ).Is(200);
        var person = new Person(this, Guid.Parse(signedUp.Text("id")), name);
        if (role != "user")
            await ExecuteAsync("update users set role = @role where id = @id", ("role", role), ("id", person.Id));
        await person.LoginAsync();
        return person;
    }

    /// <summary>Signs up a new administrator and logs in.</summary>
    public Task<Person> NewAdminAsync() => NewPersonAsync(role: "admin");

    /// <summary>Runs a statement on the server's database.</summary>
    public async Task ExecuteAsync(string sql, params (string Name, object Value)[] parameters)
    {
        await using var command = Command(sql, parameters);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    /// <summary>Reads a single value from the server's database.</summary>
    public async Task<T> ReadAsync<T>(string sql, params (string Name, object Value)[] parameters)
    {
        await using var command = Command(sql, parameters);
        return (T)(await command.ExecuteScalarAsync(Cancel))!;
    }

    /// <summary>Counts the users whose names start with a prefix, ignoring case.</summary>
    public Task<long> CountUsersAsync(string prefix) =>
        ReadAsync<long>(
            "select count(*) from users where lower(username) like @pattern or lower(email) like @pattern",
            ("pattern", prefix.ToLowerInvariant() + "%")
        );

    /// <summary>Polls <c>/readyz</c> until it returns 200.</summary>
    public Task<ApiResponse> ReadyAsync() => PollAsync("/readyz", apiResponse => (int)apiResponse.Status == 200);

    /// <summary>Polls a path until it returns the expected response.</summary>
    public async Task<ApiResponse> PollAsync(string path, Func<ApiResponse, bool> isExpected, string? token = null)
    {
        var last = "";
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var start = Stopwatch.GetTimestamp();
        do
        {
            try
            {
                var apiResponse = await GetAsync(path, token);
                if (isExpected(apiResponse))
                    return apiResponse;
                last = apiResponse.ToString();
            }
            catch (Exception e) when (e is HttpRequestException or SocketException)
            {
                last = e.Message;
            }

            if (Stopwatch.GetElapsedTime(start) > Timeout)
                throw new TimeoutException($"The expected response was not received. The last one: {last}\n{log()}");
        } while (await timer.WaitForNextTickAsync(Cancel));
        throw new OperationCanceledException();
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await Database.DisposeAsync();
    }

    static HttpContent? Content(object? body) =>
        body switch
        {
            null => null,
            HttpContent content => content,
            string text => new StringContent(text, Encoding.UTF8, "application/json"),
            _ => JsonContent.Create(body, body.GetType()),
        };

    NpgsqlCommand Command(string sql, (string Name, object Value)[] parameters)
    {
        var command = Database.CreateCommand(sql);
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        return command;
    }
}
