using Core.Database;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Functions.Hosting;

/// <summary><c>/healthz</c>: the process lives. <c>/readyz</c>: send it requests.</summary>
public static class Health
{
    public sealed record Status(string StatusText)
    {
        [System.Text.Json.Serialization.JsonPropertyName("status")]
        public string StatusText { get; } = StatusText;
    }

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", () => TypedResults.Ok(new Status("alive"))).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet("/readyz", async (HttpContext context, Readiness readiness, CancellationToken cancel) =>
        {
            if (await readiness.WhyNotAsync(cancel) is not { } why) return (IResult)TypedResults.Ok(new Status("ready"));
            context.Response.Headers.RetryAfter = "1";
            return TypedResults.Problem(why, statusCode: StatusCodes.Status503ServiceUnavailable);
        }).AllowAnonymous().ExcludeFromDescription();
    }
}

/// <summary>Whether this process should get requests.</summary>
public sealed class Readiness(Migrations migrations, PostgresDatabase database, ILogger<Readiness> logger)
{
    volatile bool started, draining, migrated;

    /// <summary>What the modules need before the first request is there.</summary>
    public void Started() => started = true;

    /// <summary>The process is about to stop.</summary>
    public void Drain() => draining = true;

    /// <summary>The reason not to send requests here, for an operator; null when there is none.</summary>
    public async Task<string?> WhyNotAsync(CancellationToken cancel)
    {
        if (draining) return "The process is stopping.";
        try
        {
            if (!migrated)
            {
                var pending = await migrations.PendingAsync(cancel);
                if (pending.Count > 0) return $"The database lacks {string.Join(", ", pending)}. Run the command 'migrate'.";
                migrated = true;
            }
            else
            {
                await using var connection = await database.OpenForSystemAsync(cancel);
                await using var command = new NpgsqlCommand("select 1", connection);
                await command.ExecuteScalarAsync(cancel);
            }
        }
        catch (Exception e) when (DatabaseFailure.Of(e) is not null)
        {
            logger.LogWarning("Not ready: {Problem}", e.Message);
            return "The database does not answer.";
        }

        return started ? null : "Signing keys and revoked sessions are not read yet; the log says why if this lasts.";
    }
}
