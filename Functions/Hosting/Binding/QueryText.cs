using FunctionsApp.Core;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Rejects query parameters that contain a NUL or are not well-formed Unicode with 400, as in bodies.</summary>
static class QueryText
{
    public static void UseQueryText(this IApplicationBuilder app) =>
        app.Use(
            (context, next) =>
            {
                if (context.Request.QueryString.HasValue)
                    Check(context.Request.Query);
                return next(context);
            }
        );

    static void Check(IQueryCollection query)
    {
        foreach (var (name, values) in query)
        {
            foreach (var value in values)
            {
                if (value is not null && !TextRules.IsWellFormed(value))
                    throw RefusedException.Invalid(TextRules.IsWellFormed(name) ? name : "query", JsonProblems.NotText);
            }
        }
    }
}
