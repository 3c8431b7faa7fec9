using FunctionsApp.Core.Database;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Retries a read-only request once if the database failure is likely to be gone on the next attempt: the pooled connection was broken, or
/// a schema change invalidated a prepared statement. After a failover, each connection in the pool fails once. A read that failed on a
/// standby is retried on the primary.
/// </summary>
static class RepeatedReads
{
    public static void UseRepeatedReads(this IApplicationBuilder app) =>
        app.Use(
            (context, next) =>
                HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)
                    ? RunAsync(context, next)
                    : next(context)
        );

    static async Task RunAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception e)
            when (!context.Response.HasStarted
                && !context.RequestAborted.IsCancellationRequested
                && DatabaseFailure.Of(e) is { MayRepeat: true } failure
            )
        {
            context.Response.Clear();
            PostgresDatabase.RepeatReads();
            if (failure.IsStalePlan)
                context.RequestServices.GetRequiredService<PostgresDatabase>().Renew();
            await next(context);
        }
    }
}
