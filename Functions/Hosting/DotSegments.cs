using FunctionsApp.Core;
using Microsoft.AspNetCore.Http.Features;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Refuses request targets with the segments <c>.</c> or <c>..</c>, percent-encoded ones included. The server resolves them before it
/// routes, so
/// <c>DELETE /trains/{id}/tickets/..</c> would cancel the run.
/// </summary>
public static class DotSegments
{
    /// <summary>Adds the check. It belongs behind the exception handler, which answers with 400.</summary>
    public static void UseNoDotSegments(this IApplicationBuilder app) =>
        app.Use(
            (context, next) =>
                context.Features.Get<IHttpRequestFeature>() is { RawTarget: { } target } && ArePartOf(target)
                    ? throw new RefusedException(Refusal.Invalid, "The path may not have the segments '.' and '..'.")
                    : next(context)
        );

    /// <summary>Whether the path of a request target, as it was sent, has a dot segment (RFC 3986, section 3.3).</summary>
    public static bool ArePartOf(string target)
    {
        var end = target.AsSpan().IndexOfAny('?', '#');
        var path = end < 0 ? target.AsSpan() : target.AsSpan(0, end);
        // Nearly every path ends here.
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
