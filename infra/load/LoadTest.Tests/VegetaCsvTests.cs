using System.Globalization;
using FunctionsApp.LoadTest.Attacks;

namespace FunctionsApp.LoadTest.Tests;

public sealed class VegetaCsvTests
{
    [Fact]
    public async Task Percentiles_rates_and_seconds_are_exact()
    {
        // One request every 10 ms in 2 s, the n-th of which takes n ms.
        var lines = Enumerable.Range(0, 200).Select(i => Line(i * 10_000_000L, 200, (i + 1) * 1_000_000L));
        var result = await ReadAsync(lines.Reverse());
        Assert.Equal((200, 0), (result.Requests, result.Failed));
        Assert.Equal((100, 180, 190, 198, 200, 200), (result.P50, result.P90, result.P95, result.P99, result.P999, result.Max));
        Assert.Equal(100, result.SentRate, 6);
        Assert.Equal(
            [(0, 100, 50.0, 99.0), (1, 100, 150.0, 199.0)],
            result.Seconds.Select(one => (one.Second, one.Requests, one.P50, one.P99))
        );
    }

    [Fact]
    public async Task Failures_are_counted_by_reason_without_ports()
    {
        var result = await ReadAsync([
            Line(0, 201, 1),
            Line(1, 503, 1),
            Line(2, 503, 1),
            Line(3, 0, 1, "\"read tcp 127.0.0.1:33002->127.0.0.1:8890: reset, \"\"peer\"\"\""),
            Line(4, 0, 1, "\"read tcp 127.0.0.1:33004->127.0.0.1:8890: reset, \"\"peer\"\"\""),
        ]);
        Assert.Equal(4, result.Failed);
        Assert.Equal(2, result.Failures["status 503"]);
        Assert.Equal(2, result.Failures["read tcp 127.0.0.1->127.0.0.1: reset, \"peer\""]);
    }

    [Fact]
    public async Task Bodies_of_successful_responses_are_read()
    {
        List<string> bodies = [];
        await VegetaCsv.ReadAsync(
            new StringReader($"{Line(0, 200, 1, body: "aGVsbG8=")}\n{Line(1, 500, 1, body: "bm8=")}\n"),
            bodies.Add,
            TestContext.Current.CancellationToken
        );
        Assert.Equal(["hello"], bodies);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1,2\n")]
    [InlineData("now,200,1,0,0,,,attack,0,GET,http://x,\n")]
    public async Task What_is_not_a_result_is_refused(string text) =>
        await Assert.ThrowsAsync<LoadTestException>(() =>
            VegetaCsv.ReadAsync(new StringReader(text), null, TestContext.Current.CancellationToken)
        );

    static Task<AttackResult> ReadAsync(IEnumerable<string> lines) =>
        VegetaCsv.ReadAsync(new StringReader(string.Join('\n', lines)), null, TestContext.Current.CancellationToken);

    static string Line(long nanoseconds, int code, long latency, string error = "", string body = "") =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{1_700_000_000_000_000_000 + nanoseconds},{code},{latency},0,0,{error},{body},,0,GET,http://localhost/,"
        );
}
