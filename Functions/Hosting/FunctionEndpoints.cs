using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;

namespace FunctionsApp.Functions.Hosting;

/// <summary>
/// Maps every <c>[Function]</c> of the modules to an ASP.NET Core endpoint, so that both hosts run the same pipeline in front of it.
/// </summary>
public static class FunctionEndpoints
{
    static readonly MethodInfo populate = typeof(FunctionEndpoints).GetMethod(
        nameof(Populate),
        BindingFlags.NonPublic | BindingFlags.Static
    )!;

    /// <summary>A function as described by its attributes.</summary>
    public sealed record Function(string Name, string Route, string[] Methods, MethodInfo Method);

    /// <summary>Finds the functions of the modules.</summary>
    public static IEnumerable<Function> Discover(IReadOnlyList<Module> modules) =>
        from type in typeof(FunctionEndpoints).Assembly.GetTypes()
        where modules.Any(module => type.Namespace == $"FunctionsApp.Functions.{module.Name}")
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        let function = method.GetCustomAttribute<FunctionAttribute>()
        where function is not null
        let trigger = method
            .GetParameters()
            .Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>())
            .FirstOrDefault(trigger => trigger is not null)
        where trigger is not null
        select new Function(
            function.Name,
            trigger.Route ?? function.Name,
            [.. (trigger.Methods ?? []).Select(verb => verb.ToUpperInvariant())],
            method
        );

    public static void MapFunctions(this IEndpointRouteBuilder routes) =>
        routes.DataSources.Add(DataSource(routes.ServiceProvider, isDescribed: false));

    /// <summary>
    /// The functions with all metadata that ASP.NET Core infers from their parameters and results. Only the API document needs them, and
    /// inferring them for all functions takes a tenth of the start.
    /// </summary>
    public static EndpointDataSource Described(IServiceProvider services) => DataSource(services, isDescribed: true);

    static DefaultEndpointDataSource DataSource(IServiceProvider services, bool isDescribed) =>
        new(Discover(services.GetRequiredService<IReadOnlyList<Module>>()).Select(function => Endpoint(function, services, isDescribed)));

    static Endpoint Endpoint(Function function, IServiceProvider services, bool isDescribed)
    {
        var pattern = RoutePatternFactory.Parse(function.Route);
        // The code that binds the parameters is generated on the first request, not on startup.
        var handler = new Lazy<RequestDelegate>(() => Handler(function, pattern, services));
        var builder = new RouteEndpointBuilder(context => handler.Value(context), pattern, order: 0) { DisplayName = function.Name };
        builder.Metadata.Add(function.Method);
        builder.Metadata.Add(new HttpMethodMetadata(function.Methods));
        builder.Metadata.Add(new EndpointNameMetadata(function.Name));
        if (isDescribed)
            RequestDelegateFactory.InferMetadata(function.Method, Options(pattern, services, builder));
        else
            AddBody(function.Method, builder);
        foreach (var attribute in function.Method.DeclaringType!.GetCustomAttributes().Concat(function.Method.GetCustomAttributes()))
            builder.Metadata.Add(attribute);
        return builder.Build();
    }

    // The inferred metadata that requests need: routing rejects other media types.
    static void AddBody(MethodInfo method, EndpointBuilder builder)
    {
        foreach (var parameter in method.GetParameters())
        {
            if (parameter.IsDefined(typeof(FromBodyAttribute)))
                builder.Metadata.Add(new AcceptsMetadata(["application/json"], parameter.ParameterType));
            else if (parameter.ParameterType.IsAssignableTo(typeof(IEndpointParameterMetadataProvider)))
                populate.MakeGenericMethod(parameter.ParameterType).Invoke(null, [parameter, builder]);
        }
    }

    static void Populate<T>(ParameterInfo parameter, EndpointBuilder builder)
        where T : IEndpointParameterMetadataProvider => T.PopulateMetadata(parameter, builder);

    static RequestDelegate Handler(Function function, RoutePattern pattern, IServiceProvider services)
    {
        var create = ActivatorUtilities.CreateFactory(function.Method.DeclaringType!, []);
        return RequestDelegateFactory
            .Create(
                function.Method,
                context => create(context.RequestServices, null),
                Options(pattern, services, new RouteEndpointBuilder(null, pattern, order: 0))
            )
            .RequestDelegate;
    }

    static RequestDelegateFactoryOptions Options(RoutePattern pattern, IServiceProvider services, EndpointBuilder builder) =>
        new()
        {
            ServiceProvider = services,
            RouteParameterNames = pattern.Parameters.Select(parameter => parameter.Name),
            EndpointBuilder = builder,
            // An exception lets Problems explain what is wrong with the request.
            ThrowOnBadRequest = true,
        };
}
