using System.Xml.Linq;
using FunctionsApp.Functions.Tests.Servers;

namespace FunctionsApp.Functions.Tests.Ledger;

public sealed class PortfolioTests(TestServers servers)
{
    [Fact]
    public async Task A_portfolio_can_be_read_as_of_any_moment()
    {
        var api = await servers.SharedAsync();
        var (person, admin) = (await api.NewPersonAsync(), await api.NewAdminAsync());
        // First in, first out across a split, by hand: 10 at 100 + 5, 10 at 120; 2 for 1; 30 sold at 70 − 10.
        // Sold are 20 that cost 1005 and 10 that cost 600: 2100 − 10 − 1605 = 485. Left are 10 that cost 600.
        var symbol = Unique.Name().ToUpperInvariant().Replace("_", "", StringComparison.Ordinal);
        foreach (
            var entry in new object[]
            {
                new
                {
                    type = "deposit",
                    at = "2024-01-01",
                    amount = 3000,
                },
                new
                {
                    type = "buy",
                    at = "2024-01-02T10:00:00Z",
                    symbol,
                    quantity = 10,
                    price = 100,
                    charges = 5,
                },
                new
                {
                    type = "buy",
                    at = "2024-02-02T10:00:00Z",
                    symbol,
                    quantity = 10,
                    price = 120,
                },
                new
                {
                    type = "split",
                    at = "2024-03-01T03:00:00Z",
                    symbol,
                    ratio = 2,
                },
                new
                {
                    type = "sell",
                    at = "2024-04-02T10:00:00Z",
                    symbol,
                    quantity = 30,
                    price = 70,
                    charges = 10,
                },
                new
                {
                    type = "dividend",
                    at = "2024-05-01",
                    symbol,
                    amount = 15,
                },
            }
        )
        {
            (await person.PostAsync("/ledger/entries", entry)).Is(201);
        }

        (
            await admin.PutAsync(
                "/prices",
                new[]
                {
                    new
                    {
                        symbol = symbol.ToLowerInvariant(),
                        date = "2024-02-29",
                        close = 130.50m,
                    },
                    new
                    {
                        symbol,
                        date = "2024-06-28",
                        close = 80m,
                    },
                }
            )
        ).Is(200);

        // The last close is of before the split: 130.50 for what are now two.
        var march = (await person.GetAsync("/portfolio?at=2024-03-01")).Is(200);
        Assert.Equal((40m, 65.25m, 2610m), (Holding(march, "quantity"), Holding(march, "price"), Holding(march, "market_value")));
        Assert.Equal(
            ("close", "2024-02-29"),
            (
                march.Json.GetProperty("holdings")[0].GetProperty("price_source").GetString(),
                march.Json.GetProperty("holdings")[0].GetProperty("price_date").GetString()
            )
        );
        Assert.Equal(
            (795m, 3405m, 405m, 0m),
            (Number(march, "cash"), Number(march, "total_portfolio"), Number(march, "unrealised_gain"), Number(march, "realised_gain"))
        );

        var july = (await person.GetAsync("/portfolio?at=2024-07-01")).Is(200);
        Assert.Equal(
            (10m, 60m, 800m, 200m, 485m),
            (
                Holding(july, "quantity"),
                Holding(july, "average_cost"),
                Holding(july, "market_value"),
                Holding(july, "unrealised_gain"),
                Holding(july, "realised_gain")
            )
        );
        Assert.Equal(
            (2900m, 3700m, 3000m, 485m, 15m),
            (
                Number(july, "cash"),
                Number(july, "total_portfolio"),
                Number(july, "invested"),
                Number(july, "realised_gain"),
                Number(july, "income")
            )
        );
        Assert.Equal((0.2333333333m, 0.2333333333m), (Number(july, "roi"), Number(july, "twr")));
        // 182 days: (3700 / 3000)^(365/182) − 1.
        Assert.Equal(Math.Pow(3700 / 3000.0, 365 / 182.0) - 1, (double)Number(july, "xirr"), 9);

        // With the price of the day before, until the day has ended.
        Assert.Equal(
            Number(july, "total_portfolio") - 147.5m,
            Number((await person.GetAsync("/portfolio?at=2024-06-28T18:29:59Z")).Is(200), "total_portfolio")
        );
        Assert.Equal(
            july.Json.GetProperty("total_portfolio").GetRawText(),
            (await person.GetAsync("/portfolio?at=2024-06-28T23:59:59.999999")).Is(200).Json.GetProperty("total_portfolio").GetRawText()
        );
    }

    [Fact]
    public async Task A_portfolio_without_entries_is_zero_with_a_reason_for_the_missing_rate()
    {
        var person = await NewPersonAsync();
        (
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "deposit",
                    at = "2024-01-02",
                    amount = 1,
                }
            )
        ).Is(201);

        foreach (
            var response in new[]
            {
                (await person.GetAsync("/portfolio?at=2024-01-01")).Is(200),
                (await (await NewPersonAsync()).GetAsync("/portfolio")).Is(200),
            }
        )
        {
            Assert.Equal((0m, 0m), (Number(response, "total_portfolio"), Number(response, "invested")));
            Assert.All(["roi", "xirr", "twr"], rate => Assert.Equal("null", response.Json.GetProperty(rate).GetRawText()));
            Assert.NotEmpty(response.Text("xirr_reason"));
            Assert.Empty(response.Json.GetProperty("holdings").EnumerateArray());
        }
    }

    [Fact]
    public async Task A_holding_without_a_close_is_valued_at_its_last_trade_and_marked()
    {
        var person = await NewPersonAsync();
        var symbol = Unique.Name().ToUpperInvariant().Replace("_", "", StringComparison.Ordinal);
        (
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "deposit",
                    at = "2024-01-01",
                    amount = 1000,
                }
            )
        ).Is(201);
        (
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "buy",
                    at = "2024-01-02T10:00:00Z",
                    symbol,
                    quantity = 3,
                    price = 100,
                }
            )
        ).Is(201);
        (
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "sell",
                    at = "2024-01-03T10:00:00Z",
                    symbol,
                    quantity = 1,
                    price = 110,
                }
            )
        ).Is(201);

        var portfolio = (await person.GetAsync("/portfolio")).Is(200);

        Assert.Equal(symbol, Assert.Single(portfolio.Json.GetProperty("missing_prices").EnumerateArray()).GetString());
        Assert.Equal(
            ("last_trade", 110m),
            (portfolio.Json.GetProperty("holdings")[0].GetProperty("price_source").GetString(), Holding(portfolio, "price"))
        );
    }

    [Theory]
    [InlineData("2024-02-31")]
    [InlineData("31-02-2024")]
    [InlineData("2200-01-01")]
    [InlineData("2200-01-01T00:00:00Z")]
    [InlineData("now")]
    [InlineData("1e400")]
    [InlineData("")]
    public async Task A_moment_that_is_invalid_or_in_the_future_is_refused(string at)
    {
        var person = await NewPersonAsync();

        foreach (var path in new[] { "/portfolio", "/portfolio/tax-lots" })
            (await person.GetAsync($"{path}?at={at}")).IsProblem(400, "at");
    }

    [Fact]
    public async Task A_moment_with_and_without_offset_is_the_same_moment()
    {
        var person = await NewPersonAsync();
        (
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "deposit",
                    at = "2024-01-02T10:00:00",
                    amount = 5,
                }
            )
        ).Is(201);

        foreach (
            var (at, cash) in new[]
            {
                ("2024-01-02T10:00:00", 5m),
                ("2024-01-02T09:59:59.999999", 0m),
                ("2024-01-02T04:30:00Z", 5m),
                ("2024-01-02T04:29:59Z", 0m),
                ("2024-01-02T05:30:00%2B01:00", 5m),
                ("2024-01-02", 5m),
                ("2024-01-01", 0m),
            }
        )
        {
            Assert.Equal((at, cash), (at, Number((await person.GetAsync($"/portfolio?at={at}")).Is(200), "cash")));
        }
    }

    [Fact]
    public async Task Prices_that_change_later_change_earlier_returns()
    {
        var api = await servers.SharedAsync();
        var (person, admin) = (await api.NewPersonAsync(), await api.NewAdminAsync());
        var symbol = Unique.Name().ToUpperInvariant().Replace("_", "", StringComparison.Ordinal);
        (
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "deposit",
                    at = "2024-01-01",
                    amount = 100,
                }
            )
        ).Is(201);
        (
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "buy",
                    at = "2024-01-02T10:00:00Z",
                    symbol,
                    quantity = 1,
                    price = 100,
                }
            )
        ).Is(201);
        (
            await admin.PutAsync(
                "/prices",
                new[]
                {
                    new
                    {
                        symbol,
                        date = "2024-02-01",
                        close = 200m,
                    },
                }
            )
        ).Is(200);
        (
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "deposit",
                    at = "2024-02-01",
                    amount = 200,
                }
            )
        ).Is(201);

        // Twice as much, and then the same.
        Assert.Equal(1m, Number((await person.GetAsync("/portfolio")).Is(200), "twr"));
        // The close was 150: half more, and then 350 of 350.
        (
            await admin.PutAsync(
                "/prices",
                new[]
                {
                    new
                    {
                        symbol,
                        date = "2024-02-01",
                        close = 150m,
                    },
                }
            )
        ).Is(200);
        Assert.Equal(0.5m, Number((await person.GetAsync("/portfolio")).Is(200), "twr"));
        Assert.Equal(0.5m, Number((await person.GetAsync("/portfolio")).Is(200), "twr"));
    }

    [Fact]
    public async Task Only_administrators_set_prices_and_invalid_ones_are_reported()
    {
        var api = await servers.SharedAsync();
        var (person, admin) = (await api.NewPersonAsync(), await api.NewAdminAsync());
        var good = new
        {
            symbol = "INFY",
            date = "2024-01-01",
            close = 1m,
        };

        (await api.PutAsync("/prices", new[] { good })).IsProblem(401);
        (await person.PutAsync("/prices", new[] { good })).IsProblem(403);
        (
            await admin.PutAsync(
                "/prices",
                new object[]
                {
                    good,
                    new
                    {
                        symbol = "?",
                        date = "2024-01-01",
                        close = 0,
                    },
                    new
                    {
                        symbol = "INFY",
                        date = "1024-01-01",
                        close = 1.0000001m,
                    },
                }
            )
        ).IsProblem(400, "[1].symbol", "[1].close", "[2].date", "[2].close");
        (await admin.PutAsync("/prices", """[{"symbol": "INFY", "date": "2024-02-31", "close": 1}]""")).IsProblem(400, "[0].date");
        (await admin.PutAsync("/prices", """[{"symbol": "INFY", "date": "2024-02-01", "close": 1e400}]""")).IsProblem(400, "[0].close");
        (await admin.PutAsync("/prices", "{}")).IsProblem(400);
        (await admin.PutAsync("/prices", "null")).IsProblem(400);
        (await admin.PutAsync("/prices", "[null]")).IsProblem(400, "[0]");
        Assert.Equal("""{"prices":0,"changed":0,"skipped":0}""", (await admin.PutAsync("/prices", "[]")).Is(200).Body);
    }

    [Fact]
    public async Task A_history_has_points_by_day_week_or_month()
    {
        var person = await NewPersonAsync();
        (
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "deposit",
                    at = "2024-01-01",
                    amount = 100,
                }
            )
        ).Is(201);
        (
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "dividend",
                    at = "2024-01-31",
                    amount = 10,
                }
            )
        ).Is(201);
        (
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "withdrawal",
                    at = "2024-02-29",
                    amount = 60,
                }
            )
        ).Is(201);

        var months = (await person.GetAsync("/portfolio/history?from=2023-12-15&to=2024-03-15&interval=month")).Is(200);
        Assert.Equal(
            """[{"date":"2023-12-31","total":0,"invested":0,"gain":0},{"date":"2024-01-31","total":110,"invested":100,"gain":10},"""
                + """{"date":"2024-02-29","total":50,"invested":40,"gain":10},{"date":"2024-03-15","total":50,"invested":40,"gain":10}]""",
            months.Json.GetProperty("points").GetRawText()
        );
        Assert.Equal(
            ["2024-01-07", "2024-01-14", "2024-01-20"],
            Dates(await person.GetAsync("/portfolio/history?from=2024-01-01&to=2024-01-20&interval=week"))
        );
        Assert.Equal(
            ["2024-01-30", "2024-01-31", "2024-02-01"],
            Dates(await person.GetAsync("/portfolio/history?from=2024-01-30&to=2024-02-01&interval=day"))
        );
        Assert.Equal("2024-01-01", Dates(await person.GetAsync("/portfolio/history?to=2024-02-01"))[0]);
        (await person.GetAsync("/portfolio/history?from=2024-02-02&to=2024-02-01")).IsProblem(400, "from");
        (await person.GetAsync("/portfolio/history?from=2024-02-31")).IsProblem(400, "from");
        (await person.GetAsync("/portfolio/history?to=2200-01-01")).IsProblem(400, "to");
        (await person.GetAsync("/portfolio/history?interval=year")).IsProblem(400, "interval");
        (await person.GetAsync("/portfolio/history?from=1990-01-01&interval=day")).IsProblem(400, "interval");

        static string[] Dates(ApiResponse response) =>
            [.. response.Is(200).Json.GetProperty("points").EnumerateArray().Select(point => point.GetProperty("date").GetString()!)];
    }

    [Fact]
    public async Task The_picture_is_SVG()
    {
        var person = await NewPersonAsync();
        Assert.Contains("No entries yet", (await person.GetAsync("/portfolio/chart.svg")).Is(200).Body, StringComparison.Ordinal);
        (
            await person.PostAsync(
                "/ledger/entries",
                new
                {
                    type = "deposit",
                    at = "2024-01-01",
                    amount = 250000,
                }
            )
        ).Is(201);

        var picture = (await person.GetAsync("/portfolio/chart.svg?from=2024-01-01&to=2024-12-31")).Is(200);

        Assert.Equal("image/svg+xml", picture.MediaType);
        Assert.Equal("svg", XDocument.Parse(picture.Body).Root!.Name.LocalName);
        (await person.GetAsync("/portfolio/chart.svg?from=2024-02-02&to=2024-02-01")).IsProblem(400, "from");
    }

    [Fact]
    public async Task Tax_lots_list_open_lots_and_gains_by_year_and_term()
    {
        var person = await NewPersonAsync();
        foreach (
            var entry in new object[]
            {
                new
                {
                    type = "deposit",
                    at = "2022-01-01",
                    amount = 10000,
                },
                new
                {
                    type = "buy",
                    at = "2022-04-10T10:00:00",
                    symbol = "INFY",
                    quantity = 10,
                    price = 100,
                },
                new
                {
                    type = "buy",
                    at = "2023-03-01T10:00:00",
                    symbol = "INFY",
                    quantity = 10,
                    price = 200,
                },
                // On the anniversary it is still of a short term, on the day after of a long one.
                new
                {
                    type = "sell",
                    at = "2023-03-31T10:00:00",
                    symbol = "INFY",
                    quantity = 1,
                    price = 300,
                },
                new
                {
                    type = "sell",
                    at = "2023-04-10T10:00:00",
                    symbol = "INFY",
                    quantity = 2,
                    price = 300,
                },
                new
                {
                    type = "sell",
                    at = "2023-04-11T10:00:00",
                    symbol = "INFY",
                    quantity = 12,
                    price = 300,
                },
            }
        )
        {
            (await person.PostAsync("/ledger/entries", entry)).Is(201);
        }

        var report = (await person.GetAsync("/portfolio/tax-lots?at=2024-03-02")).Is(200);

        // 7 of the first lot at 100 for a long term, 5 of the second at 200 for a short one.
        Assert.Equal(
            """[{"year":"2021-22","short_term_gain":0,"long_term_gain":0,"gain":0},"""
                + """{"year":"2022-23","short_term_gain":200,"long_term_gain":0,"gain":200},"""
                + """{"year":"2023-24","short_term_gain":900,"long_term_gain":1400,"gain":2300}]""",
            report.Json.GetProperty("years").GetRawText()
        );
        var lot = Assert.Single(report.Json.GetProperty("open_lots").EnumerateArray());
        Assert.Equal(
            (5m, 1000m, "long", "2024-03-01"),
            (
                lot.GetProperty("quantity").GetDecimal(),
                lot.GetProperty("cost").GetDecimal(),
                lot.GetProperty("term").GetString(),
                lot.GetProperty("long_term_after").GetString()
            )
        );
        Assert.Equal(
            "short",
            (await person.GetAsync("/portfolio/tax-lots?at=2024-03-01"))
                .Is(200)
                .Json.GetProperty("open_lots")[0]
                .GetProperty("term")
                .GetString()
        );
    }

    static decimal Number(ApiResponse response, string property) => response.Json.GetProperty(property).GetDecimal();

    static decimal Holding(ApiResponse response, string property) =>
        response.Json.GetProperty("holdings")[0].GetProperty(property).GetDecimal();

    async Task<Person> NewPersonAsync() => await (await servers.SharedAsync()).NewPersonAsync();
}
