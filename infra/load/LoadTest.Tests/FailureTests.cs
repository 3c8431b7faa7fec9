using System.Text.Json;
using FunctionsApp.Benchmark;
using Npgsql;

namespace FunctionsApp.LoadTest.Tests;

public sealed class FailureTests
{
    public static TheoryData<Exception, string> Foreseen =>
        new()
        {
            { new LoadTestException("No."), "No." },
            { new BenchmarkException("No."), "No." },
            {
                new IOException("No space left on device : '/tmp/x'"),
                "A file cannot be read or written: No space left on device : '/tmp/x'. "
            },
            { new UnauthorizedAccessException("Denied."), "A file cannot be read or written: Denied. " },
            { new HttpRequestException("Connection refused"), "The target does not respond: Connection refused. " },
            { new NpgsqlException("Failed to connect"), "Postgres failed: Failed to connect. " },
        };

    [Theory]
    [MemberData(nameof(Foreseen))]
    public void A_foreseen_failure_is_a_sentence(Exception failure, string start) =>
        Assert.StartsWith(start, Failure.Sentence(failure), StringComparison.Ordinal);

    [Fact]
    public void An_error_of_the_program_is_not_hidden() => Assert.Null(Failure.Sentence(new JsonException()));
}
