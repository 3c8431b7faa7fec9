using FunctionsApp.Core;
using Microsoft.AspNetCore.Http.Features;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Refuses request targets with the segments <c>.</c> or <c>..</c>, percent-encoded or not. The server resolves them before routing, so
/// <c>DELETE /trains/{id}/tickets/..</c> would cancel the run.
/// </summary>
public static class DotSegments
{
    /// <summary>Adds the check. It must follow the exception handler, which returns 400.</summary>
    public static void UseNoDotSegments(this IApplicationBuilder app) =>
        app.Use(
            (context, next) =>
                context.Features.Get<IHttpRequestFeature>() is { RawTarget: { } target } && ArePartOf(target)
                    ? throw new RefusedException(Refusal.Invalid, "The path must not contain the segments '.' or '..'.")
                    : next(context)
        );

    /// <summary>Whether the path of a raw request target contains a dot segment (RFC 3986, section 3.3).</summary>
    public static bool ArePartOf(string target)
    {
        var end = target.AsSpan().IndexOfAny('?', '#');
        var path = end < 0 ? target.AsSpan() : target.AsSpan(0, end);
        // The common case.
        if (path.IndexOfAny('.', '%') < 0)
            return false;
        var decoded = path.Contains('%') ? Uri.UnescapeDataString(path.ToString()) : path.ToString();
        foreach (var segment in decoded.AsSpan().SplitAny('/', '\\'))
        {
            if (decoded.AsSpan(segment) is "." or "..")
                return true;
        }

        return false;
    }
}
