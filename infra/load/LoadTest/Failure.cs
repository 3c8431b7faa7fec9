using FunctionsApp.Benchmark;
using FunctionsApp.LocalPostgres;
using Npgsql;

namespace FunctionsApp.LoadTest;

/// <summary>What a user is told about a failure.</summary>
static class Failure
{
    /// <summary>A sentence that says what happened and what to do; null if the failure is an error of this program.</summary>
    public static string? Sentence(Exception failure) =>
        failure switch
        {
            LoadTestException or BenchmarkException or LocalPostgresException => failure.Message,
            HttpRequestException => $"The target does not respond: {Reason(failure)} Check that it runs and that its URL is right.",
            NpgsqlException => $"Postgres failed: {Reason(failure)} Check that it runs and that its disk is not full.",
            IOException or UnauthorizedAccessException =>
                $"A file cannot be read or written: {Reason(failure)} Free some space, or give a folder that can be written.",
            _ => null,
        };

    static string Reason(Exception failure) => failure.Message.TrimEnd('.') + ".";
}
