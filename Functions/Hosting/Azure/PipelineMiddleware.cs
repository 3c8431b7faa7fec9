using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Passes each request to the shared pipeline, which routes and handles it: the worker never invokes a function itself.</summary>
public sealed class PipelineMiddleware(IServiceProvider services) : IFunctionsWorkerMiddleware
{
    readonly RequestDelegate pipeline = Build(services);

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http)
        {
            await next(context);
            return;
        }

        // Discards the worker's own match; the pipeline routes again.
        http.SetEndpoint(null);
        http.Request.RouteValues.Clear();

        // The worker runs middleware in the execution context of its invocation, in which the request's activity is not current.
        Activity.Current = http.Features.Get<IHttpActivityFeature>()?.Activity;
        await pipeline(http);
    }

    static RequestDelegate Build(IServiceProvider services)
    {
        var app = new ApplicationBuilder(services);
        app.UseFunctionsApp();
        return app.Build();
    }
}
