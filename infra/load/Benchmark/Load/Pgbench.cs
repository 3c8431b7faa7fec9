using System.Globalization;
using System.Text.RegularExpressions;
using FunctionsApp.Benchmark.Subject;
using Npgsql;

namespace FunctionsApp.Benchmark.Load;

/// <summary>Postgres's load generator: the performance of the database with a client that costs almost nothing.</summary>
sealed partial class Pgbench(string folder, string postgresPrograms, string connectionString)
{
    const int MaxAttempts = 3;

    readonly string? program = ExternalProgram.In(postgresPrograms, "pgbench") ?? ExternalProgram.OnPath("pgbench");

    /// <summary>
    /// Transactions per second of one prepared statement with the parameter <c>$1</c>: client n reads the n-th user, over TCP like the
    /// server.
    /// </summary>
    /// <exception cref="BenchmarkException">There is no pgbench, or it failed.</exception>
    public Task<double> RunAsync(string statement, int clients, int threads, TimeSpan duration, CancellationToken cancellationToken) =>
        RunScriptAsync(
            // A pgbench variable cannot be set to a string, but it can store a result.
            $"""
            \if :known
            \else
            select id from users order by id offset :client_id limit 1 \gset
            \set known 1
            \endif
            {Fill(statement, ":id")};

            """,
            clients,
            threads,
            duration,
            cancellationToken
        );

    /// <summary>Transactions per second of a script.</summary>
    /// <exception cref="BenchmarkException">There is no pgbench, or it failed.</exception>
    public async Task<double> RunScriptAsync(string text, int clients, int threads, TimeSpan duration, CancellationToken cancellationToken)
    {
        if (program is null)
            throw new BenchmarkException(
                $"There is no pgbench in {postgresPrograms} or on PATH. Debian and Ubuntu have it in the package postgresql, Fedora in "
                    + "postgresql-contrib, Homebrew in postgresql@18."
            );
        var script = Path.Combine(folder, "pgbench.sql");
        await File.WriteAllTextAsync(script, text, cancellationToken);
        // The duration includes connecting, but the rate does not. On a busy machine, connecting many clients may take most of it: then the
        // run is repeated with a longer duration.
        for (var (whole, attempt) = (duration, 1); ; whole *= 3, attempt++)
        {
            var output = await RunProgramAsync(program, script, clients, threads, whole, cancellationToken);
            var isLast = attempt == MaxAttempts;
            if (Rate().Match(output) is { Success: true } rate && (isLast || ConnectionTime(output) < whole / 3))
                return double.Parse(rate.Groups[1].Value, CultureInfo.InvariantCulture);
            if (isLast)
                throw new BenchmarkException($"pgbench reported no rate: {output}");
        }
    }

    Task<string> RunProgramAsync(
        string program,
        string script,
        int clients,
        int threads,
        TimeSpan duration,
        CancellationToken cancellationToken
    )
    {
        var database = new NpgsqlConnectionStringBuilder(connectionString);
        return new ExternalProgram(
            program,
            [
                "-n",
                "-M",
                "prepared",
                "-c",
                $"{clients}",
                "-j",
                $"{threads}",
                "-T",
                $"{Math.Ceiling(duration.TotalSeconds)}",
                "-D",
                "known=0",
                "-f",
                script,
            ]
        )
        {
            Environment = new()
            {
                ["PGHOST"] = database.Host!,
                ["PGPORT"] = $"{database.Port}",
                ["PGUSER"] = database.Username!,
                ["PGPASSWORD"] = database.Password!,
                ["PGDATABASE"] = database.Database!,
            },
        }.RunAsync(cancellationToken);
    }

    /// <summary>A store's statement with literals and pgbench variables in place of <c>$1</c>, <c>$2</c>, …</summary>
    public static string Fill(string statement, params IReadOnlyList<string> values)
    {
        // In descending order, because $1 is a prefix of $10.
        for (var i = values.Count; i > 0; i--)
            statement = statement.Replace($"${i}", values[i - 1], StringComparison.Ordinal);
        return statement;
    }

    static TimeSpan ConnectionTime(string output) =>
        Connecting().Match(output) is { Success: true } connecting
            ? TimeSpan.FromMilliseconds(double.Parse(connecting.Groups[1].Value, CultureInfo.InvariantCulture))
            : TimeSpan.Zero;

    [GeneratedRegex(@"initial connection time = ([\d.]+) ms", RegexOptions.NonBacktracking)]
    private static partial Regex Connecting();

    [GeneratedRegex(@"tps = ([\d.]+)", RegexOptions.NonBacktracking)]
    private static partial Regex Rate();
}
