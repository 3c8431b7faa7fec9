using System.Diagnostics;
using System.Globalization;
using System.Text;
using Dapper;
using FunctionsApp.Benchmark.Load;
using FunctionsApp.Benchmark.Subject;
using FunctionsApp.Core;
using FunctionsApp.Core.Database;
using FunctionsApp.Core.Ledger;
using Microsoft.IdentityModel.JsonWebTokens;
using Npgsql;

namespace FunctionsApp.Benchmark.Measurements;

/// <summary>The cost of a long history: a ledger of many entries against one of few, and importing against a binary COPY.</summary>
static class Portfolios
{
    const int FewEntries = 10_000,
        Symbols = 20,
        Years = 10,
        FirstYear = 2015,
        Requests = 300,
        Imported = 100_000,
        RareEntries = 1_000;

    // An instrument that is traded equally often in both ledgers.
    const string Rare = "RARE";

    public static async Task<IReadOnlyList<Row>> RunAsync(SystemUnderTest subject, Effort effort, CancellationToken cancellationToken)
    {
        await using var database = new PostgresDatabase(subject.ConnectionString);
        using var module = new LedgerModule(database);
        var tokens = subject.Population.Tokens;
        var (few, many) = (tokens[0], tokens[1]);
        await FillAsync(few, FewEntries);
        await FillAsync(many, effort.LedgerEntries);
        await using (var connection = await database.OpenForLongWorkAsync(cancellationToken))
        {
            await connection.ExecuteAsync(new("vacuum analyze", commandTimeout: 600, cancellationToken: cancellationToken));
        }

        await using var server = await subject.StartReadyServerAsync(cancellationToken);
        using var client = new HttpConnection(server.Address);
        var random = new Random(1);
        return
        [
            await CompareAsync("portfolio", "GET /portfolio as of a random moment", PortfolioAtRandom, 200, Target.AtMost(1.2)),
            MeasureProcessor(),
            await CompareAsync(
                "ledger-append",
                "recording a trade at the end",
                token => Trade(token, DateTime.UtcNow, $"SYM{random.Next(Symbols):00}"),
                201,
                Target.AtMost(1.5)
            ),
            await CompareAsync(
                "ledger-back-dated",
                $"recording a trade that {RareEntries} entries of its instrument come after",
                token => Trade(token, new DateTime(FirstYear, 1, 2, 0, 0, 0, DateTimeKind.Utc).AddSeconds(random.Next(60_000)), Rare),
                201,
                Target.AtMost(1.5),
                requests: 20
            ),
            await ImportAsync(),
        ];

        async Task FillAsync(string token, int entries)
        {
            var user = UserOf(token);
            for (var month = 0; month < Years * 12; month++)
            {
                var at = new DateTime(FirstYear + month / 12, month % 12 + 1, 1, 0, 0, 0, DateTimeKind.Utc);
                await module.Entries.AddAsync(
                    user,
                    new(EntryKind.Deposit, Moment.Text(at), Amount: month == 0 ? 10_000_000_000 : 1_000_000),
                    null,
                    cancellationToken
                );
            }

            await module.Imports.ImportAsync(
                user,
                Tradebook(entries - RareEntries, Symbols, i => $"SYM{i:00}", 1),
                null,
                cancellationToken
            );
            await module.Imports.ImportAsync(user, Tradebook(RareEntries, 1, _ => Rare, 2), null, cancellationToken);
        }

        byte[] PortfolioAtRandom(string token) =>
            HttpText.Get($"/v1/portfolio?at={FirstYear + random.Next(1, Years)}-{random.Next(1, 13):00}-{random.Next(1, 28):00}", token);

        Row MeasureProcessor()
        {
            var cost = RequestCost.Measure(subject, server, effort.Rounds, Requests, () => Time(PortfolioAtRandom(many), 200));
            return new(
                "portfolio-processor",
                $"{cost.Name} for GET /portfolio as of a random moment with {Symbols} holdings, {effort.LedgerEntries} entries",
                Target.AtMost(1, "ms"),
                cost.Rounds,
                $"{cost.Server:0.00} ms of it by the server; {cost.Response:0.00} ms until the response"
            );
        }

        async Task<Row> CompareAsync(
            string name,
            string what,
            Func<string, byte[]> request,
            int status,
            Target target,
            int requests = Requests
        )
        {
            List<double> ratios = [],
                slow = [],
                quick = [];
            for (var round = -1; round < effort.Rounds; round++)
            {
                // In turn, so that variations of the machine affect both.
                List<double> fewTimes = [],
                    manyTimes = [];
                for (var i = 0; i < requests; i++)
                {
                    fewTimes.Add(Time(request(few), status));
                    manyTimes.Add(Time(request(many), status));
                }

                if (round < 0)
                    continue;
                quick.Add(Row.MedianOf(fewTimes));
                slow.Add(Row.MedianOf(manyTimes));
                ratios.Add(slow[^1] / quick[^1]);
            }

            return new(
                name,
                $"{what}: a ledger of {effort.LedgerEntries} entries against one of {FewEntries}, median time",
                target,
                ratios,
                $"{Row.MedianOf(slow):0.0} ms, {Row.MedianOf(quick):0.0} ms"
            );
        }

        double Time(byte[] request, int status)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var start = Stopwatch.GetTimestamp();
            var response = client.Send(request);
            if (response != status)
                throw new BenchmarkException(
                    $"The server responded {response} instead of {status} to: "
                        + $"{Encoding.UTF8.GetString(request.AsSpan(0, Math.Min(request.Length, 100)))}"
                );
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        async Task<Row> ImportAsync()
        {
            List<double> ratios = [],
                imported = [],
                copied = [],
                bare = [];
            for (var round = -1; round < effort.Rounds; round++)
            {
                var token = tokens[2 + (round + 1) % (tokens.Count - 2)];
                using var file = Tradebook(Imported, Symbols, i => $"SYM{i:00}", 3 + round);
                var time = Time(
                    HttpText.WithBody("POST", "/v1/ledger/import?fund=auto", "text/csv", Encoding.ASCII.GetString(file.ToArray()), token),
                    200
                );
                var rows = await ReadAsync(UserOf(token));
                if (rows.Count < Imported)
                    throw new BenchmarkException($"Of {Imported} trades {rows.Count} were imported.");
                var (withIndexes, without) = (await CopyAsync(rows, "including all"), await CopyAsync(rows, ""));
                if (round < 0)
                    continue;
                imported.Add(time);
                copied.Add(withIndexes);
                bare.Add(without);
                ratios.Add(time / withIndexes);
            }

            return new(
                "ledger-import",
                $"importing {Imported} trades, with deposits made for them, against a binary COPY of the same rows into a table like "
                    + "theirs",
                Target.AtMost(4),
                ratios,
                $"{Row.MedianOf(imported) / 1000:0.0} s, {Row.MedianOf(copied) / 1000:0.00} s; {Row.MedianOf(bare) / 1000:0.00} s into "
                    + "one without indexes"
            );
        }

        async Task<List<object?[]>> ReadAsync(Guid user)
        {
            await using var connection = await database.OpenForLongWorkAsync(cancellationToken);
            await using var command = new NpgsqlCommand("select * from ledger_entries where user_id = $1 and kind <> 1", connection)
            {
                Parameters = { new() { Value = user } },
            };
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            List<object?[]> rows = [];
            while (await reader.ReadAsync(cancellationToken))
            {
                var row = new object?[reader.FieldCount];
                for (var i = 0; i < row.Length; i++)
                    row[i] = reader.IsDBNull(i) ? null : reader.GetValue(i);
                rows.Add(row);
            }

            return rows;
        }

        async Task<double> CopyAsync(List<object?[]> rows, string including)
        {
            await using var connection = await database.OpenForLongWorkAsync(cancellationToken);
            await connection.ExecuteAsync($"drop table if exists copied; create table copied (like ledger_entries {including})");
            var start = Stopwatch.GetTimestamp();
            await using (var copy = await connection.BeginBinaryImportAsync("copy copied from stdin (format binary)", cancellationToken))
            {
                foreach (var row in rows)
                {
                    await copy.StartRowAsync(cancellationToken);
                    foreach (var value in row)
                    {
                        if (value is null)
                            await copy.WriteNullAsync(cancellationToken);
                        else
                            await copy.WriteAsync(value, cancellationToken);
                    }
                }

                await copy.CompleteAsync(cancellationToken);
            }

            var time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            await connection.ExecuteAsync("drop table copied");
            return time;
        }
    }

    static Guid UserOf(string token) => Guid.Parse(new JsonWebToken(token).Subject);

    static byte[] Trade(string token, DateTime at, string symbol) =>
        HttpText.Json(
            "POST",
            "/v1/ledger/entries",
            new
            {
                type = "buy",
                at = Moment.Text(at),
                symbol,
                quantity = 1,
                price = 100.25m,
            },
            token
        );

    // Evenly over all years. No more is sold than was bought before.
    static MemoryStream Tradebook(int trades, int symbols, Func<int, string> name, int seed)
    {
        var random = new Random(seed);
        var held = new int[symbols];
        var text = new StringBuilder(
            "symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,order_execution_time\n"
        );
        var (start, step) = (new DateTime(FirstYear, 1, 3, 0, 0, 0), TimeSpan.FromDays(Years * 365.0) / trades);
        for (var i = 0; i < trades; i++)
        {
            int symbol = random.Next(symbols),
                quantity = random.Next(1, 50);
            var sells = held[symbol] >= quantity && random.NextDouble() < 0.45;
            held[symbol] += sells ? -quantity : quantity;
            var at = start + i * step;
            text.Append(
                CultureInfo.InvariantCulture,
                $"{name(symbol)},INE{seed:000}{symbol:000}A15,{at:yyyy-MM-dd},NSE,EQ,EQ,{(sells ? "sell" : "buy")},false,{quantity},"
                    + $"{100 + 10 * symbol + random.Next(2000) / 100m},{seed}-{i},{i},{at:yyyy-MM-ddTHH:mm:ss}\n"
            );
        }

        return new(Encoding.ASCII.GetBytes(text.ToString()));
    }
}
