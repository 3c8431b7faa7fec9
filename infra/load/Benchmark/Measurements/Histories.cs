using System.Diagnostics;
using System.Globalization;
using System.Text;
using Dapper;
using FunctionsApp.Benchmark.Load;
using FunctionsApp.Benchmark.Subject;
using FunctionsApp.Core.Database;
using Microsoft.IdentityModel.JsonWebTokens;

namespace FunctionsApp.Benchmark.Measurements;

/// <summary>The cost of a history of many points and instruments, without and with a close for each point and instrument.</summary>
static class Histories
{
    const int Points = 2_000,
        Symbols = 500,
        TradesOfEach = 4,
        Requests = 5,
        TargetMilliseconds = 300;

    static readonly DateOnly first = new(2016, 1, 1);

    public static async Task<IReadOnlyList<Row>> RunAsync(SystemUnderTest subject, Effort effort, CancellationToken cancellationToken)
    {
        await using var database = new PostgresDatabase(subject.ConnectionString);
        using var module = new LedgerModule(database);
        var token = subject.Population.Tokens[0];
        var user = Guid.Parse(new JsonWebToken(token).Subject);
        await module.Imports.ImportAsync(user, Tradebook(), "auto", cancellationToken);
        await VacuumAsync();

        await using var server = await subject.StartReadyServerAsync(cancellationToken);
        using var client = new HttpConnection(server.Address);
        var history = HttpText.Get(
            string.Create(
                CultureInfo.InvariantCulture,
                $"/v1/portfolio/history?from={first:yyyy-MM-dd}&to={first.AddDays(Points - 1):yyyy-MM-dd}&interval=day"
            ),
            token
        );
        var chart = HttpText.Get("/v1/portfolio/chart.svg?from=1900-01-01", token);
        var trades = Measure("history", "no closing prices", history);
        await module.Prices.ImportAsync(user, Closes(), cancellationToken);
        await VacuumAsync();
        return
        [
            trades,
            Measure("history-closes", "a close for each", history),
            Measure("chart-1900", "chart.svg?from=1900-01-01, a close for each day", chart),
        ];

        Row Measure(string name, string what, byte[] request)
        {
            // The runtime compiles hot code in the background, which costs more than the first requests themselves.
            for (var warmUp = Stopwatch.StartNew(); warmUp.Elapsed < effort.WarmUp; )
                Send(request);
            var cost = RequestCost.Measure(subject, server, effort.Rounds, Requests, () => Send(request));
            return new(
                name,
                $"{cost.Name} for a history of {Points} days and {Symbols} instruments: {what}",
                Target.AtMost(TargetMilliseconds, "ms"),
                cost.Rounds,
                $"{cost.Server:0} ms of it by the server; {cost.Response:0} ms until the response"
            );
        }

        void Send(byte[] request)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var status = client.Send(request);
            if (status != 200)
                throw new BenchmarkException($"The server returned {status} instead of 200 to a history.");
        }

        async Task VacuumAsync()
        {
            await using var connection = await database.OpenAsync(cancellationToken);
            await connection.ExecuteAsync(new("vacuum analyze", commandTimeout: 600, cancellationToken: cancellationToken));
        }
    }

    static MemoryStream Tradebook()
    {
        var text = new StringBuilder("symbol,trade_date,exchange,trade_type,quantity,price,trade_id\n");
        for (var k = 0; k < TradesOfEach; k++)
        {
            for (var i = 0; i < Symbols; i++)
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"H{i:000},{first.AddDays(k * 300):yyyy-MM-dd},NSE,buy,{i % 9 + 1},{100 + i}.25,{k}-{i}\n"
                );
        }

        return new(Encoding.ASCII.GetBytes(text.ToString()));
    }

    static MemoryStream Closes()
    {
        var text = new StringBuilder("symbol,date,close\n");
        for (var day = 0; day < Points; day++)
        {
            for (var i = 0; i < Symbols; i++)
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"H{i:000},{first.AddDays(day):yyyy-MM-dd},{100 + i + day % 50}.{day % 100:00}\n"
                );
        }

        return new(Encoding.ASCII.GetBytes(text.ToString()));
    }
}
