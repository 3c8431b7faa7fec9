using FunctionsApp.Core.Database;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Repeats a request that only reads, once, when the database failed in a way that the next attempt is likely not to meet: the connection
/// from the pool had been cut, or a change of the schema had made its prepared statement useless. After a failover each connection of the
/// pool fails once.
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
                && DatabaseFailure.Of(e) is { MayRepeat: true }
            )
        {
            context.Response.Clear();
            await next(context);
        }
    }
}
