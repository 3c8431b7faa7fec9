using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using FunctionsApp.Core.Tests;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Ledger;

/// <summary>Files over HTTP.</summary>
public sealed class ImportTests(TestServers servers)
{
    const string Header =
        "symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,order_execution_time";

    const string Tradebook = $"""
        {Header}
        INFY,INE009A01021,2024-01-05,NSE,EQ,EQ,buy,false,10.000000,1500.500000,77001,1100000000000001,2024-01-05T10:15:00
        TCS,INE467B01029,2024-01-08,NSE,EQ,EQ,buy,false,2.000000,3600.000000,77002,1100000000000002,2024-01-08T09:15:00
        INFY,INE009A01021,2024-02-01,NSE,EQ,EQ,sell,false,4.000000,1700.000000,77003,1100000000000003,2024-02-01T15:29:59

        """;

    const int Limit = 256 << 20;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_tradebook_is_imported_once_and_shows_in_the_portfolio()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        var first = (await ImportAsync(api, person, "/ledger/import?fund=auto", Tradebook)).Is(200);
        Assert.Equal("""{"trades":3,"added":3,"known":0,"deposits":2,"deposited":22205}""", first.Body);
        Assert.Equal(
            """{"trades":3,"added":0,"known":3,"deposits":0,"deposited":0}""",
            (await ImportAsync(api, person, "/ledger/import?fund=auto", Tradebook)).Is(200).Body
        );
        Assert.Equal(
            """{"trades":3,"added":0,"known":3,"deposits":0,"deposited":0}""",
            (await ImportAsync(api, person, "/ledger/import", Tradebook)).Is(200).Body
        );

        var entries = (await person.GetAsync("/ledger/entries")).Is(200).Items;
        Assert.Equal(["sell", "buy", "deposit", "buy", "deposit"], entries.Select(entry => entry.GetProperty("type").GetString()));
        Assert.Equal("2024-02-01T09:59:59Z", entries[0].GetProperty("at").GetString());
        Assert.Equal(entries[0].ToString(), (await person.GetAsync($"/ledger/entries/{entries[0].GetProperty("id")}")).Is(200).Body);
        Assert.Equal(2, (await person.GetAsync("/ledger/entries?symbol=INE009A01021")).Is(200).Items.Length);
        var portfolio = (await person.GetAsync("/portfolio")).Is(200).Json;
        Assert.Equal((6800m, 798m), (portfolio.GetProperty("cash").GetDecimal(), portfolio.GetProperty("realised_gain").GetDecimal()));
        // Not in the portfolios of others.
        Assert.Empty((await (await api.NewPersonAsync()).GetAsync("/ledger/entries")).Is(200).Items);
    }

    [Fact]
    public async Task A_trade_that_is_in_a_first_file_twice_counts_once()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        var repeated = Tradebook.Split('\n')[1];

        var response = await ImportAsync(api, person, "/ledger/import?fund=auto", $"{Tradebook}{repeated}\n");

        Assert.Equal("""{"trades":4,"added":3,"known":1,"deposits":2,"deposited":22205}""", response.Is(200).Body);
    }

    [Theory]
    [InlineData("text/csv")]
    [InlineData("text/csv; charset=utf-8")]
    [InlineData("text/csv; charset=utf-8; header=present")]
    [InlineData("TEXT/CSV")]
    public async Task Byte_order_marks_and_line_ends_of_spreadsheets_are_read(string mediaType)
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        byte[] file = [.. Encoding.UTF8.GetPreamble(), .. Encoding.UTF8.GetBytes(Tradebook.ReplaceLineEndings("\r\n"))];

        var response = await api.SendAsync(
            HttpMethod.Post,
            "/ledger/import?fund=auto",
            person.Token,
            new ByteArrayContent(file) { Headers = { ContentType = MediaTypeHeaderValue.Parse(mediaType) } }
        );

        Assert.Equal(3, response.Is(200).Json.GetProperty("added").GetInt32());
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/vnd.ms-excel")]
    [InlineData(null)]
    public async Task Another_media_type_is_415(string? mediaType)
    {
        var api = await servers.SharedAsync();
        foreach (var path in new[] { "/ledger/import", "/prices/import" })
        {
            var content = new StringContent(Tradebook);
            content.Headers.ContentType = mediaType is null ? null : MediaTypeHeaderValue.Parse(mediaType);
            (await api.SendAsync(HttpMethod.Post, path, (await api.NewAdminAsync()).Token, content)).IsProblem(415);
        }
    }

    [Fact]
    public async Task The_ledger_needs_a_token_and_prices_an_administrator()
    {
        var api = await servers.SharedAsync();

        (await api.SendAsync(HttpMethod.Post, "/ledger/import", null, Csv(Tradebook))).IsProblem(401);
        (await api.SendAsync(HttpMethod.Post, "/prices/import", null, Csv("symbol,date,close\n"))).IsProblem(401);
        foreach (var role in new[] { "user", "inspector" })
            (await ImportAsync(api, await api.NewPersonAsync(role: role), "/prices/import", "symbol,date,close\n")).IsProblem(403);
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("")]
    [InlineData("auto&fund=auto")]
    public async Task An_unknown_value_of_fund_is_400(string fund)
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        (await ImportAsync(api, person, $"/ledger/import?fund={fund}", Tradebook)).IsProblem(400, "fund");

        await HasNothingAsync(api, person);
    }

    [Fact]
    public async Task Problems_of_a_file_are_reported_by_line_and_column()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        var wrong =
            Tradebook.Replace("3600.000000", "3,600").Replace("10.000000", "ten")
            + "TCS,INE,2024-02-30,NSE,FO,EQ,short,false,0,-1,,1,25:00\n";

        (await ImportAsync(api, person, "/ledger/import?fund=auto", wrong)).IsProblem(
            400,
            "line 2, quantity",
            "line 3",
            "line 5, isin",
            "line 5, trade_date",
            "line 5, segment",
            "line 5, trade_type",
            "line 5, quantity",
            "line 5, price",
            "line 5, trade_id"
        );
        (await ImportAsync(api, person, "/ledger/import", Tradebook.Replace(',', ';'))).IsProblem(400, "line 1");
        (await ImportAsync(api, person, "/ledger/import", Tradebook.Replace(',', '\t'))).IsProblem(400, "line 1");
        (await ImportAsync(api, person, "/ledger/import", "")).IsProblem(400, "line 1");
        (await ImportAsync(api, person, "/ledger/import", "{\"symbol\": \"INFY\"}")).IsProblem(400, "line 1");

        await HasNothingAsync(api, person);
    }

    [Fact]
    public async Task Selling_more_than_is_held_and_spending_more_than_there_is_are_409()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();

        var sold = (await ImportAsync(api, person, "/ledger/import?fund=auto", Tradebook.Replace("4.000000", "10.5"))).IsProblem(
            409,
            "quantity"
        );
        Assert.Equal("More INFY would be sold than held at 2024-02-01T09:59:59Z: selling 10.5, holding 10.", sold.Text("detail"));
        var spent = (await ImportAsync(api, person, "/ledger/import", Tradebook)).IsProblem(409, "amount");
        Assert.Equal("The cash balance would be negative at 2024-01-05T04:45:00Z: 15005 INR short.", spent.Text("detail"));

        await HasNothingAsync(api, person);
    }

    [Fact]
    public async Task Closing_prices_are_imported_and_portfolios_follow()
    {
        var api = await servers.SharedAsync();
        var (admin, person) = (await api.NewAdminAsync(), await api.NewPersonAsync());
        var symbol = Unique.Name().ToUpperInvariant();
        (
            await ImportAsync(api, person, "/ledger/import?fund=auto", $"{Header}\n{symbol},,2024-01-05,NSE,EQ,EQ,buy,false,10,100,1,1,\n")
        ).Is(200);

        Assert.Equal(
            """{"prices":2,"changed":2,"skipped":0}""",
            (await ImportAsync(api, admin, "/prices/import", $"symbol,date,close\n{symbol},2024-01-08,110\n{symbol},2024-01-09,121.5\n"))
                .Is(200)
                .Body
        );
        Assert.Equal(1215m, (await person.GetAsync("/portfolio")).Is(200).Json.GetProperty("market_value").GetDecimal());

        (await ImportAsync(api, admin, "/prices/import", $"symbol,date,close\n{symbol},2024-01-09,130\n{symbol},2024-01-10,0\n")).IsProblem(
            400,
            "line 3, close"
        );
        Assert.Equal(1215m, (await person.GetAsync("/portfolio")).Is(200).Json.GetProperty("market_value").GetDecimal());
        Assert.Equal(
            """{"prices":1,"changed":1,"skipped":1}""",
            (
                await ImportAsync(
                    api,
                    admin,
                    "/prices/import",
                    $"SYMBOL,SERIES,CLOSE,TIMESTAMP\n{symbol},EQ,130,09-JAN-2024\n{symbol},N1,7,09-JAN-2024\n"
                )
            )
                .Is(200)
                .Body
        );
        Assert.Equal(1300m, (await person.GetAsync("/portfolio")).Is(200).Json.GetProperty("market_value").GetDecimal());
    }

    [Theory]
    [InlineData("/ledger/import", Limit + 1)]
    [InlineData("/ledger/import", 1L << 30)]
    [InlineData("/prices/import", Limit + 1)]
    [InlineData("/signup", (1 << 20) + 1)]
    [InlineData("/signup", Limit + 1)]
    [InlineData("/ledger/entries", (1 << 20) + 1)]
    public async Task A_body_that_declares_too_large_a_length_is_413_before_it_is_sent(string path, long length)
    {
        var api = await servers.SharedAsync();
        Assert.SkipUnless(api.IsKestrel, "The Functions host waits for the body.");
        var mediaType = path.EndsWith("import", StringComparison.Ordinal) ? "text/csv" : "application/json";

        using var request = await RawRequest.StartAsync(
            api,
            "POST",
            path,
            (await api.NewAdminAsync()).Token,
            $"Content-Type: {mediaType}",
            string.Create(CultureInfo.InvariantCulture, $"Content-Length: {length}")
        );

        var (status, text) = await request.ReadResponseAsync();
        Assert.True(status == 413, text);
        Assert.Contains("application/problem+json", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Large_bodies_are_received_in_little_memory()
    {
        await using var server = await servers.StartAsync();
        var (api, admin) = (server.Api, await server.Api.NewAdminAsync());
        (await ImportAsync(api, admin, "/ledger/import?fund=auto", Tradebook)).Is(200);
        var before = PeakMemory(server.Process.Id);
        var rest = Tradebook[Header.Length..];

        // Neither the line nor the body ends: no more of it is stored than a body may have.
        using (
            var endless = await RawRequest.StartAsync(
                api,
                "POST",
                "/ledger/import",
                admin.Token,
                "Content-Type: text/csv",
                "Transfer-Encoding: chunked"
            )
        )
        {
            const long gibibyte = 1L << 30;
            var sent = await endless.SendChunksAsync(Encoding.ASCII.GetBytes(new string('x', 64 * 1024)), gibibyte);
            var (status, text) = await endless.ReadResponseAsync();
            Assert.True(status == 413, text);
            Assert.InRange(sent, 1, gibibyte - 1);
        }

        // Blank lines are skipped. A body may have this size and no more, whether it declares its length or not.
        foreach (var declared in new[] { true, false })
        {
            var full = new Blank(Header + rest, Limit, declared);
            Assert.Equal(
                3,
                (await api.SendAsync(HttpMethod.Post, "/ledger/import?fund=auto", admin.Token, full))
                    .Is(200)
                    .Json.GetProperty("known")
                    .GetInt32()
            );
            (await api.SendAsync(HttpMethod.Post, "/prices/import", admin.Token, new Blank("symbol,date,close\n", Limit, declared))).Is(
                200
            );
        }

        (
            await api.SendAsync(
                HttpMethod.Post,
                "/ledger/import?fund=auto",
                admin.Token,
                new Blank(Header + rest, Limit + 1, declared: false)
            )
        ).IsProblem(413);
        (
            await api.SendAsync(
                HttpMethod.Post,
                "/ledger/import?fund=auto",
                admin.Token,
                new Blank(Header + rest, Limit + (8 << 20), declared: false)
            )
        ).IsProblem(413);
        (
            await api.SendAsync(
                HttpMethod.Post,
                "/prices/import",
                admin.Token,
                new Blank("symbol,date,close\n", Limit + (8 << 20), declared: false)
            )
        ).IsProblem(413);

        Assert.Equal(5, (await admin.GetAsync("/ledger/entries")).Is(200).Items.Length);
        if (before is { } kibibytes)
            Assert.InRange(PeakMemory(server.Process.Id)!.Value - kibibytes, 0, 100 * 1024);
        else
            TestContext.Current.TestOutputHelper?.WriteLine("This system does not report how much memory the server has used.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_disconnects_during_an_import_leaves_nothing_behind(bool atOnce)
    {
        await using var server = await servers.StartAsync(("Ledger__ImportsPerUser", "1"));
        var (api, person) = (server.Api, await server.Api.NewPersonAsync());
        using (
            var request = await RawRequest.StartAsync(
                api,
                "POST",
                "/ledger/import?fund=auto",
                person.Token,
                "Content-Type: text/csv",
                "Content-Length: 1000000",
                "Expect: 100-continue"
            )
        )
        {
            // The server is receiving it: there is no room for another one of this user.
            await request.ContinueAsync();
            await request.SendAsync(Tradebook);
            (await ImportAsync(api, person, "/ledger/import", Tradebook)).IsProblem(429);
            // It holds no transaction meanwhile, and the user's other requests are served.
            Assert.Equal(
                0,
                await api.ReadAsync<long>(
                    "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and "
                        + "xact_start is not null"
                )
            );
            await HasNothingAsync(api, person);
            request.HangUp(atOnce);
        }

        // Refused for its content, so there is room again.
        await Waiting.UntilAsync(
            "the upload's place is free again",
            async () => (int)(await ImportAsync(api, person, "/ledger/import", "")).Status == 400
        );

        await HasNothingAsync(api, person);
        Assert.Equal(
            3,
            (await ImportAsync(api, person, "/ledger/import?fund=auto", Tradebook)).Is(200).Json.GetProperty("added").GetInt32()
        );
    }

    [Theory]
    [InlineData("zz\r\n")]
    [InlineData("5\r\nsymbolXX")]
    [InlineData("-1\r\n")]
    [InlineData("FFFFFFFFFFFFFFFFFF\r\n")]
    public async Task A_chunk_with_a_wrong_size_is_400(string chunks)
    {
        var api = await servers.SharedAsync();
        Assert.SkipUnless(api.IsKestrel, "The Functions host reads the body itself.");
        var admin = await api.NewAdminAsync();
        foreach (
            var (path, type) in new[]
            {
                ("/ledger/import", "text/csv"),
                ("/prices/import", "text/csv"),
                ("/ledger/entries", "application/json"),
            }
        )
        {
            using var request = await RawRequest.StartAsync(
                api,
                "POST",
                path,
                admin.Token,
                $"Content-Type: {type}",
                "Transfer-Encoding: chunked"
            );
            await request.SendAsync(chunks);

            var (status, text) = await request.ReadResponseAsync();
            Assert.True(status == 400, $"{path}: {text}");
            Assert.Contains("application/problem+json", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_body_that_arrives_too_slowly_is_408_and_frees_its_place()
    {
        await using var server = await servers.StartAsync(("Ledger__ImportsPerUser", "1"), ("Http__MinRequestBodyRate", "1000000"));
        var (api, person) = (server.Api, await server.Api.NewPersonAsync());
        using var request = await RawRequest.StartAsync(
            api,
            "POST",
            "/ledger/import?fund=auto",
            person.Token,
            "Content-Type: text/csv",
            "Content-Length: 1000000"
        );
        await request.SendAsync(Tradebook);

        var (status, text) = await request.ReadResponseAsync();

        Assert.True(status == 408, text);
        Assert.Equal(
            3,
            (await ImportAsync(api, person, "/ledger/import?fund=auto", Tradebook)).Is(200).Json.GetProperty("added").GetInt32()
        );
    }

    [Fact]
    public async Task A_body_that_arrives_fast_at_first_and_then_not_at_all_is_408()
    {
        await using var server = await servers.StartAsync(("Http__MaxBodySeconds", "1"));
        var (api, person) = (server.Api, await server.Api.NewPersonAsync());
        foreach (
            var (path, type, start) in new[]
            {
                ("/ledger/import?fund=auto", "text/csv", ""),
                ("/ledger/entries", "application/json", ""),
                ("/login", "application/x-www-form-urlencoded", "username="),
            }
        )
        {
            using var request = await RawRequest.StartAsync(
                api,
                "POST",
                path,
                person.Token,
                $"Content-Type: {type}",
                "Content-Length: 1000001"
            );
            // By its average rate alone it would have 244 s.
            await request.SendAsync(start.PadRight(1_000_000));

            var (status, text) = await request.ReadResponseAsync();

            Assert.True(status == 408, $"{path}: {text}");
            Assert.Contains("The body was sent too slowly.", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_upload_that_is_complete_after_its_session_ended_is_401(bool isDeleted)
    {
        var api = await servers.SharedAsync();
        Assert.SkipUnless(api.IsKestrel, "The Functions host reads the body itself.");
        var person = await api.NewPersonAsync();
        using var request = await RawRequest.StartAsync(
            api,
            "POST",
            "/ledger/import?fund=auto",
            person.Token,
            "Content-Type: text/csv",
            "Expect: 100-continue",
            $"Content-Length: {Tradebook.Length}"
        );
        await request.ContinueAsync();
        await request.SendAsync(Tradebook[..200]);

        (isDeleted ? await person.DeleteAccountAsync() : await person.PostAsync("/logout/all")).Is(204);
        await request.SendAsync(Tradebook[200..]);

        var (status, text) = await request.ReadResponseAsync();
        Assert.True(status == 401, text);
        Assert.Equal(0, await api.ReadAsync<long>("select count(*) from ledger_entries where user_id = @id", ("id", person.Id)));
    }

    [Fact]
    public async Task An_export_that_cannot_start_is_503_before_its_first_byte()
    {
        await using var server = await servers.StartAsync(("Ledger__ExportsPerUser", "1"));
        var (api, person) = (server.Api, await server.Api.NewPersonAsync());
        (await ImportAsync(api, person, "/ledger/import?fund=auto", Tradebook)).Is(200);
        await using (var connection = await api.Database.OpenConnectionAsync(Cancel))
        await using (var transaction = await connection.BeginTransactionAsync(Cancel))
        {
            await using var command = new Npgsql.NpgsqlCommand(
                "lock table ledger_entries in access exclusive mode",
                connection,
                transaction
            );
            await command.ExecuteNonQueryAsync(Cancel);

            (await person.GetAsync("/ledger/entries.csv")).IsProblem(503);
        }

        // It has ended, so the next one can start.
        Assert.StartsWith("at,type,", (await person.GetAsync("/ledger/entries.csv")).Is(200).Body, StringComparison.Ordinal);
    }

    // There is not even a portfolio.
    static async Task HasNothingAsync(Api api, Person person)
    {
        Assert.Empty((await person.GetAsync("/ledger/entries")).Is(200).Items);
        Assert.Equal(
            0,
            await api.ReadAsync<long>(
                """
                select (select count(*) from portfolios where user_id = @id) + (select count(*) from instruments where user_id = @id)
                     + (select count(*) from ledger_entries where user_id = @id)
                """,
                ("id", person.Id)
            )
        );
    }

    // In KiB; null if the system does not report it.
    static long? PeakMemory(int process)
    {
        var file = $"/proc/{process}/status";
        if (!File.Exists(file))
            return null;
        var peak = File.ReadLines(file).Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
    }

    static StringContent Csv(string text) => new(text, Encoding.UTF8, "text/csv");

    static Task<ApiResponse> ImportAsync(Api api, Person person, string path, string file) =>
        api.SendAsync(HttpMethod.Post, path, person.Token, Csv(file));

    /// <summary>A start, and then blank lines, as many bytes as are wanted.</summary>
    sealed class Blank : HttpContent
    {
        readonly byte[] start,
            blank = Encoding.ASCII.GetBytes(new string(' ', 50_000) + "\n");
        readonly int length;
        readonly bool declared;

        public Blank(string start, int length, bool declared)
        {
            (this.start, this.length, this.declared) = (Encoding.ASCII.GetBytes(start), length, declared);
            Headers.ContentType = new("text/csv");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            await stream.WriteAsync(start);
            for (var left = length - start.Length; left > 0; left -= blank.Length)
                await stream.WriteAsync(blank.AsMemory(0, Math.Min(left, blank.Length)));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = this.length;
            return declared;
        }
    }
}
