using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Ledger;

public sealed class LedgerTests(TestServers servers)
{
    [Fact]
    public async Task Entries_of_all_kinds_are_recorded_and_read_back()
    {
        var person = await NewPersonAsync();
        object[] entries =
        [
            new
            {
                type = "deposit",
                at = "2024-01-01",
                amount = 10000.50m,
                note = "Savings",
            },
            new
            {
                type = "buy",
                at = "2024-01-02T10:00:00+05:30",
                symbol = "infy",
                isin = "INE009A01021",
                quantity = 10.0000000001m,
                price = 500.123456m,
                charges = 1.5m,
            },
            new
            {
                type = "split",
                at = "2024-02-01T00:00:00Z",
                symbol = "INFY",
                ratio = 1.5m,
            },
            new
            {
                type = "sell",
                at = "2024-03-01T11:00:00Z",
                isin = "INE009A01021",
                quantity = 5,
                price = 400,
            },
            new
            {
                type = "dividend",
                at = "2024-03-02",
                symbol = "INFY",
                amount = 12.34m,
            },
            new
            {
                type = "fee",
                at = "2024-03-03",
                amount = 1,
            },
            new
            {
                type = "withdrawal",
                at = "2024-03-04",
                amount = 100,
            },
        ];

        var added = new List<ApiResponse>();
        foreach (var entry in entries)
            added.Add((await person.PostAsync("/ledger/entries", entry)).Is(201));

        Assert.All(added, response => Assert.Equal($"/v1/ledger/entries/{response.Text("id")}", response.Header("Location")));
        Assert.Equal(("2024-01-01T18:29:59.999999Z", "10000.50"), (added[0].Text("at"), added[0].Json.GetProperty("amount").GetRawText()));
        Assert.Equal(("INFY", "10.0000000001", "500.123456"), (added[1].Text("symbol"), Raw(added[1], "quantity"), Raw(added[1], "price")));
        foreach (var response in added)
            Assert.Equal(response.Body, (await person.GetAsync($"/ledger/entries/{response.Text("id")}")).Is(200).Body);
        Assert.Equal(
            added.Select(one => one.Text("id")).Reverse(),
            (await person.GetAsync("/ledger/entries")).Is(200).Items.Select(one => one.GetProperty("id").GetString())
        );
        Assert.Equal(4, (await person.GetAsync("/ledger/entries?symbol=ine009a01021")).Is(200).Items.Length);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public async Task A_crafted_cursor_is_400(int tagSize)
    {
        var person = await NewPersonAsync();
        foreach (var key in new[] { Enumerable.Repeat((byte)0xff, 26).ToArray(), new byte[26] })
        {
            // As close to a valid signature as is possible without the key.
            byte[] tag = System.Security.Cryptography.SHA256.HashData([.. "ledger\0"u8, .. key])[..tagSize];
            var cursor = System.Buffers.Text.Base64Url.EncodeToString([.. key, .. tag]);
            (await person.GetAsync($"/ledger/entries?cursor={cursor}")).IsProblem(400, "cursor");
        }
    }

    [Fact]
    public async Task Bodies_have_the_properties_of_the_contract_and_no_others()
    {
        var person = await NewPersonAsync();
        string[] settings = ["currency", "time_zone", "long_term_months", "year_starts_in"];

        Assert.Equal(
            settings,
            (await person.GetAsync("/portfolio/settings")).Is(200).Json.EnumerateObject().Select(property => property.Name)
        );
        (await person.PutAsync("/portfolio/settings", """{"filled": {"currency": "EUR"}}""")).IsProblem(400, "filled");
        Assert.Equal(
            settings,
            (await person.PutAsync("/portfolio/settings", new { currency = "EUR" }))
                .Is(200)
                .Json.EnumerateObject()
                .Select(property => property.Name)
        );
        (
            await person.PostAsync(
                "/ledger/entries",
                """{"type": "deposit", "at": "2024-01-01", "amount": 1, "entry": {"type": "deposit", "at": "2024-01-01", "amount": 2}}"""
            )
        ).IsProblem(400, "entry");
        Assert.Empty((await person.GetAsync("/ledger/entries")).Is(200).Items);
    }

    [Fact]
    public async Task Members_of_core_types_are_not_documented()
    {
        var document = (await (await servers.SharedAsync()).GetAsync("/openapi.json")).Is(200).Json;
        var schemas = document.GetProperty("components").GetProperty("schemas").EnumerateObject().Select(schema => schema.Name).ToList();

        Assert.Contains("NewLedgerEntry", schemas);
        Assert.Empty(schemas.Intersect(["NewEntry", "PortfolioSettings", "HoldingPeriod", "TimeZoneInfo"]));
    }

    [Fact]
    public async Task Entries_are_paged_by_their_moment_latest_first()
    {
        var person = await NewPersonAsync();
        for (var day = 1; day <= 7; day++)
            (
                await person.PostAsync(
                    "/ledger/entries",
                    new
                    {
                        type = "deposit",
                        at = $"2024-01-0{day * 3 % 8 + 1}",
                        amount = day,
                    }
                )
            ).Is(201);

        List<string> dates = [];
        for (string? cursor = ""; cursor is not null; )
        {
            var page = (await person.GetAsync($"/ledger/entries?limit=3{(cursor.Length == 0 ? "" : $"&cursor={cursor}")}")).Is(200);
            dates.AddRange(page.Items.Select(one => one.GetProperty("at").GetString()!));
            cursor = page.NextCursor;
        }

        Assert.Equal(7, dates.Count);
        Assert.Equal(dates.OrderDescending(StringComparer.Ordinal), dates);
        (await person.GetAsync("/ledger/entries?limit=0")).IsProblem(400, "limit");
        (await person.GetAsync("/ledger/entries?cursor=x")).IsProblem(400, "cursor");
    }

    [Theory]
    [InlineData("""{"type": "deposit", "at": "2024-01-01"}""", "amount")]
    [InlineData("""{"type": "deposit", "at": "2024-01-01", "amount": 0}""", "amount")]
    [InlineData("""{"type": "deposit", "at": "2024-01-01", "amount": -1}""", "amount")]
    [InlineData("""{"type": "deposit", "at": "2024-01-01", "amount": 0.00001}""", "amount")]
    [InlineData("""{"type": "deposit", "at": "2024-01-01", "amount": 1e400}""", "amount")]
    [InlineData("""{"type": "deposit", "at": "2024-01-01", "amount": 1e12}""", "amount")]
    [InlineData("""{"type": "deposit", "at": "2024-01-01", "amount": "1"}""", "amount")]
    [InlineData(
        """{"type": "deposit", "at": "2024-01-01", "amount": 1, "symbol": "INFY", "quantity": 1, "price": 1, "charges": 1, "ratio": 1}""",
        "symbol",
        "quantity",
        "price",
        "charges",
        "ratio"
    )]
    [InlineData("""{"type": "deposit", "at": "2024-02-31", "amount": 1}""", "at")]
    [InlineData("""{"type": "deposit", "at": "31-02-2024", "amount": 1}""", "at")]
    [InlineData("""{"type": "deposit", "at": "yesterday", "amount": 1}""", "at")]
    [InlineData("""{"type": "deposit", "at": "2200-01-01", "amount": 1}""", "at")]
    [InlineData("""{"type": "deposit", "amount": 1}""", "at")]
    [InlineData("""{"type": "gift", "at": "2024-01-01", "amount": 1}""", "type")]
    [InlineData("""{"type": "buy", "at": "2024-01-01"}""", "symbol", "quantity", "price")]
    [InlineData(
        """{"type": "buy", "at": "2024-01-01", "symbol": "INFY", "quantity": 0, "price": -1, "charges": -1}""",
        "quantity",
        "price",
        "charges"
    )]
    [InlineData(
        """{"type": "buy", "at": "2024-01-01", "symbol": "INFY", "quantity": 0.00000000001, "price": 0.0000001}""",
        "quantity",
        "price"
    )]
    [InlineData("""{"type": "buy", "at": "2024-01-01", "symbol": "INFY", "quantity": 1e400, "price": 1e400}""", "quantity")]
    [InlineData("""{"type": "buy", "at": "2024-01-01", "symbol": "INFY", "quantity": 1000000, "price": 1000000}""", "quantity")]
    [InlineData("""{"type": "buy", "at": "2024-01-01", "symbol": "¥", "isin": "US", "quantity": 1, "price": 1}""", "symbol", "isin")]
    [InlineData("""{"type": "buy", "at": "2024-01-01", "isin": "INE009A01021", "quantity": 1, "price": 1}""", "isin")]
    [InlineData("""{"type": "split", "at": "2024-01-01", "symbol": "INFY"}""", "ratio")]
    [InlineData(
        """{"type": "split", "at": "2024-01-01", "symbol": "INFY", "ratio": 0, "per": -1, "amount": 1}""",
        "ratio",
        "per",
        "amount"
    )]
    public async Task An_entry_that_is_not_valid_is_refused_with_its_fields(string entry, params string[] fields)
    {
        var person = await NewPersonAsync();

        (await person.PostAsync("/ledger/entries", entry)).IsProblem(400, fields);

        Assert.Empty((await person.GetAsync("/ledger/entries")).Is(200).Items);
    }

    [Fact]
    public async Task Another_currency_is_a_conflict()
    {
        var person = await NewPersonAsync();

        (
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "deposit",
                    at = "2024-01-01",
                    amount = 1,
                    currency = "USD",
                }
            )
        ).IsProblem(409, "currency");
        (await person.PutAsync("/portfolio/settings", new { currency = "USD", time_zone = "America/New_York" })).Is(200);
        var entry = (
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "deposit",
                    at = "2024-01-01",
                    amount = 1,
                    currency = "USD",
                }
            )
        ).Is(201);

        Assert.Equal("2024-01-02T04:59:59.999999Z", entry.Text("at"));
        (await person.PutAsync("/portfolio/settings", new { currency = "INR" })).IsProblem(409);
        (await person.PutAsync("/portfolio/settings", new { currency = "USD", time_zone = "America/New_York" })).Is(200);
        (
            await person.PutAsync(
                "/portfolio/settings",
                new
                {
                    currency = "rupees",
                    time_zone = "Mars",
                    long_term_months = -1,
                    year_starts_in = 13,
                }
            )
        ).IsProblem(400, "currency", "time_zone", "long_term_months", "year_starts_in");
        Assert.Equal("USD", (await person.GetAsync("/portfolio/settings")).Is(200).Text("currency"));
    }

    [Fact]
    public async Task An_impossible_history_is_refused_with_moment_and_shortfall_and_changes_nothing()
    {
        var person = await NewPersonAsync();
        (
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "deposit",
                    at = "2024-01-01T00:00:00Z",
                    amount = 1000,
                }
            )
        ).Is(201);
        var bought = (
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "buy",
                    at = "2024-01-02T00:00:00Z",
                    symbol = "INFY",
                    quantity = 10,
                    price = 90,
                }
            )
        ).Is(201);
        (
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "sell",
                    at = "2024-01-05T00:00:00Z",
                    symbol = "INFY",
                    quantity = 8,
                    price = 100,
                }
            )
        ).Is(201);
        var before = (await person.GetAsync("/portfolio?at=2024-02-01")).Is(200).Body;

        Refused(
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "sell",
                    at = "2024-01-03T00:00:00Z",
                    symbol = "INFY",
                    quantity = 3,
                    price = 100,
                }
            ),
            "quantity",
            "1 INFY",
            "2024-01-05T00:00:00Z"
        );
        Refused(
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "sell",
                    at = "2024-01-01T00:00:00Z",
                    symbol = "INFY",
                    quantity = 1,
                    price = 100,
                }
            ),
            "quantity",
            "1 INFY",
            "2024-01-01T00:00:00Z"
        );
        Refused(
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "split",
                    at = "2024-01-04T00:00:00Z",
                    symbol = "INFY",
                    ratio = 0.5m,
                }
            ),
            "quantity",
            "3 INFY",
            "2024-01-05T00:00:00Z"
        );
        Refused(
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "withdrawal",
                    at = "2024-01-01T12:00:00Z",
                    amount = 100.01m,
                }
            ),
            "amount",
            "0.01 INR",
            "2024-01-02T00:00:00Z"
        );
        Refused(await person.DeleteAsync($"/ledger/entries/{bought.Text("id")}"), "quantity", "8 INFY", "2024-01-05T00:00:00Z");

        Assert.Equal(before, (await person.GetAsync("/portfolio?at=2024-02-01")).Is(200).Body);

        static void Refused(ApiResponse response, string field, string missing, string at)
        {
            response.IsProblem(409, field);
            Assert.Contains(missing, response.Errors[field][0], StringComparison.Ordinal);
            Assert.Contains(at, response.Errors[field][0], StringComparison.Ordinal);
            Assert.Contains(at, response.Text("detail"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Two_splits_at_one_moment_are_a_conflict()
    {
        var person = await NewPersonAsync();
        var split = new
        {
            type = "split",
            at = "2024-01-04",
            symbol = "INFY",
            ratio = 2,
        };
        var first = (await person.PostAsync("/ledger/entries", split)).Is(201);

        (await person.PostAsync("/ledger/entries", split)).IsProblem(409, "at");
        (await person.DeleteAsync($"/ledger/entries/{first.Text("id")}")).Is(204);
        (await person.PostAsync("/ledger/entries", split)).Is(201);
    }

    [Fact]
    public async Task A_repeated_request_with_its_key_is_recorded_once_and_gets_the_same_response()
    {
        var api = await servers.SharedAsync();
        var person = await api.NewPersonAsync();
        const string Body = """{"type": "deposit", "at": "2024-01-01", "amount": 7.50}""";

        var first = (await SendAsync("key-1", Body)).Is(201);
        Assert.Equal(first.Body, (await SendAsync("key-1", Body)).Is(201).Body);
        (await SendAsync("key-1", Body.Replace("7.50", "7.51", StringComparison.Ordinal))).IsProblem(422);
        (await person.DeleteAsync($"/ledger/entries/{first.Text("id")}")).Is(204);
        // Also after the entry was removed: a late repetition must not restore it.
        Assert.Equal(first.Body, (await SendAsync("key-1", Body)).Is(201).Body);
        Assert.Empty((await person.GetAsync("/ledger/entries")).Items);
        Assert.NotEqual(first.Text("id"), (await SendAsync("key-2", Body)).Is(201).Text("id"));

        Task<ApiResponse> SendAsync(string key, string body) =>
            api.SendAsync(
                HttpMethod.Post,
                "/ledger/entries",
                person.Token,
                new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
                ("Idempotency-Key", key)
            );
    }

    [Fact]
    public async Task Entries_of_another_user_are_not_found()
    {
        var api = await servers.SharedAsync();
        var (person, other) = (await api.NewPersonAsync(), await api.NewPersonAsync(role: "admin"));
        var entry = (
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "deposit",
                    at = "2024-01-01",
                    amount = 1,
                }
            )
        ).Is(201).Text("id");

        (await other.GetAsync($"/ledger/entries/{entry}")).IsProblem(404);
        (await other.DeleteAsync($"/ledger/entries/{entry}")).IsProblem(404);
        Assert.Empty((await other.GetAsync("/ledger/entries")).Is(200).Items);
        (await api.GetAsync("/ledger/entries")).IsProblem(401);
        (
            await api.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "deposit",
                    at = "2024-01-01",
                    amount = 1,
                }
            )
        ).IsProblem(401);
    }

    [Fact]
    public async Task The_statement_is_a_file_that_a_spreadsheet_can_open()
    {
        var person = await NewPersonAsync();
        (
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "deposit",
                    at = "2024-01-01",
                    amount = 1000.50m,
                    note = "=1+1, \"cash\"",
                }
            )
        ).Is(201);
        var buy = (
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "buy",
                    at = "2024-01-02T10:00:00Z",
                    symbol = "M&M",
                    quantity = 2,
                    price = 10.25m,
                    charges = 0.5m,
                }
            )
        ).Is(201);

        var file = (await person.GetAsync("/ledger/entries.csv")).Is(200);

        Assert.Equal("text/csv", file.MediaType);
        var lines = file.Body.Split("\r\n");
        Assert.Equal("at,type,symbol,isin,quantity,price,amount,charges,ratio,per,cash,note,id", lines[0]);
        Assert.Contains("1000.50,,,,1000.50,", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain(",=1+1", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain("\"=1+1", lines[1], StringComparison.Ordinal);
        Assert.Equal($"2024-01-02T10:00:00Z,buy,M&M,,2,10.25,,0.5,,,-21,,{buy.Text("id")}", lines[2]);
    }

    static string Raw(ApiResponse response, string property) => response.Json.GetProperty(property).GetRawText();

    async Task<Person> NewPersonAsync() => await (await servers.SharedAsync()).NewPersonAsync();
}
