using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Finds all problems of the query parameters: parameter binding stops at the first one.</summary>
static class QueryProblems
{
    static readonly NullabilityInfoContext nullability = new();

    /// <summary>Returns the problems by parameter; empty if the query is valid.</summary>
    /// <param name="context">The request.</param>
    /// <param name="endpoint">The endpoint whose parameters could not be bound.</param>
    public static Dictionary<string, string[]> Find(HttpContext context, RouteEndpoint? endpoint)
    {
        var errors = new Dictionary<string, string[]>();
        if (endpoint?.Metadata.GetMetadata<MethodInfo>() is not { } method)
            return errors;
        foreach (var parameter in method.GetParameters().Where(one => IsInQuery(one, endpoint)))
        {
            var values = context.Request.Query[parameter.Name!];
            if (values.Count == 0)
            {
                if (IsRequired(parameter))
                    errors[parameter.Name!] = ["Is required."];
            }
            else if (!CanBeParsed(values.ToString(), parameter.ParameterType))
            {
                errors[parameter.Name!] = ["Is not a valid value."];
            }
            else if (
                parameter.GetCustomAttribute<RangeAttribute>() is { } range
                && values.ToString() is { Length: > 0 } number
                && !range.IsValid(int.Parse(number, NumberStyles.Integer, CultureInfo.InvariantCulture))
            )
            {
                // The same text as in the core, which reports it if it is the only problem.
                errors[parameter.Name!] = [$"Must be between {range.Minimum} and {range.Maximum}."];
            }
        }

        return errors;
    }

    static bool IsInQuery(ParameterInfo parameter, RouteEndpoint endpoint)
    {
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        return (type == typeof(string) || type == typeof(int) || type == typeof(QueryDate))
            && endpoint.RoutePattern.GetParameter(parameter.Name!) is null;
    }

    static bool IsRequired(ParameterInfo parameter)
    {
        if (parameter.ParameterType.IsValueType)
            return Nullable.GetUnderlyingType(parameter.ParameterType) is null;
        // NullabilityInfoContext is not thread-safe.
        lock (nullability)
            return nullability.Create(parameter).WriteState == NullabilityState.NotNull;
    }

    static bool CanBeParsed(string value, Type type)
    {
        var optional = Nullable.GetUnderlyingType(type);
        if (optional is not null && value.Length == 0)
            return true;
        var wanted = optional ?? type;
        return wanted == typeof(string)
            || wanted == typeof(int) && int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out _)
            || wanted == typeof(QueryDate) && QueryDate.TryParse(value, out _);
    }
}
