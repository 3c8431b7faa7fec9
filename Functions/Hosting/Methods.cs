namespace FunctionsApp.Functions.Hosting;

/// <summary>Supports HEAD for every GET (RFC 9110, 9.3.2), and adds it to <c>Allow</c>.</summary>
static class Methods
{
    /// <summary>Must precede routing, which then finds the endpoint of GET. The server sends no body in response to HEAD.</summary>
    public static void UseHead(this IApplicationBuilder app) =>
        app.Use(
            async (context, next) =>
            {
                var isHead = HttpMethods.IsHead(context.Request.Method);
                if (isHead)
                    context.Request.Method = HttpMethods.Get;
                try
                {
                    await next(context);
                }
                finally
                {
                    if (isHead)
                        context.Request.Method = HttpMethods.Head;
                }

                if (
                    context.Response is { StatusCode: StatusCodes.Status405MethodNotAllowed, HasStarted: false } response
                    && response.Headers.Allow.ToString() is { Length: > 0 } allowed
                )
                {
                    var methods = allowed.Split(',', StringSplitOptions.TrimEntries).ToList();
                    if (methods.Contains(HttpMethods.Get) && !methods.Contains(HttpMethods.Head))
                        methods.Insert(methods.IndexOf(HttpMethods.Get) + 1, HttpMethods.Head);
                    response.Headers.Allow = string.Join(", ", methods);
                }
            }
        );
}
