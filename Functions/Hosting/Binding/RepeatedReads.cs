using FunctionsApp.Core.Database;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Repeats a read-only request if the database failure is likely to be gone on the next attempt: the pooled connection was broken, or a
/// schema change invalidated a prepared statement. After a failover, each connection in a pool fails once. A read that failed on a standby
/// is repeated on the primary, even after a time limit: a standby that no longer responds is not known to be absent at once.
/// </summary>
static class RepeatedReads
{
    // A failover ends the connections of two servers: of the old primary, and later of the new one.
    const int MaxAttempts = 3;

    public static void UseRepeatedReads(this IApplicationBuilder app)
    {
        var database = app.ApplicationServices.GetRequiredService<PostgresDatabase>();
        app.Use(
            (context, next) =>
                HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)
                    ? RunAsync(database, context, next)
                    : next(context)
        );
    }

    static async Task RunAsync(PostgresDatabase database, HttpContext context, RequestDelegate next)
    {
        var wasSilent = false;
        for (var attempt = 1; ; attempt++)
        {
            var reads = database.ReadsStandbys ? ReadAttempt.Begin() : null;
            try
            {
                await next(context);
                return;
            }
            catch (Exception e)
                when (attempt < MaxAttempts
                    && !context.Response.HasStarted
                    && !context.RequestAborted.IsCancellationRequested
                    && DatabaseFailure.Of(e) is { } failure
                    && (
                        failure.MayRepeat || !wasSilent && reads is { IsOnStandby: true } && failure.Kind == DatabaseFailureKind.Unavailable
                    )
                )
            {
                // Once: each time limit is seconds.
                wasSilent |= !failure.MayRepeat;
                context.Response.Clear();
                SecurityHeaders.Apply(context, context.GetEndpoint());
                PostgresDatabase.RepeatReads();
                if (failure.IsStalePlan)
                    database.Renew();
            }
        }
    }
}
