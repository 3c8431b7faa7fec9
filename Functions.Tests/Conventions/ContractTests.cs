using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using FunctionsApp.Functions.Hosting;
using FunctionsApp.Functions.Tests.Servers;
using FunctionsApp.Functions.Tickets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

namespace FunctionsApp.Functions.Tests.Conventions;

/// <summary>
/// Bodies have exactly the properties that the parameters of their records name. What else a record offers to the code is not part of the
/// contract.
/// </summary>
[OwnServer]
public sealed class ContractTests
{
    static readonly JsonSerializerOptions options = MakeOptions();

    [Fact]
    public void Every_contract_is_in_a_JsonSerializerContext()
    {
        var missing =
            from function in FunctionEndpoints.Discover(Modules.All)
            from type in Bodies(function.Method)
            where type.Namespace?.StartsWith("FunctionsApp", StringComparison.Ordinal) == true && !options.TryGetTypeInfo(type, out _)
            select $"{function.Name}: add [JsonSerializable(typeof({type.Name}))] to the JsonSerializerContext of its module";

        Assert.Empty(missing);
    }

    [Fact]
    public void Serialized_properties_are_the_parameters_of_records()
    {
        var contracts = Contracts();

        Assert.Contains(contracts, type => type.Name == "NewLedgerEntry");
        Assert.Contains(contracts, type => type.Name == "Holding");
        Assert.All(
            contracts,
            type =>
                Assert.Equal(
                    Allowed(type).Order(),
                    options
                        .GetTypeInfo(type)
                        .Properties.Where(property => property.Get is not null || property.Set is not null)
                        .Select(property => property.Name)
                        .Order()
                )
        );
    }

    [Fact]
    public void No_contract_is_a_type_of_the_core() =>
        Assert.DoesNotContain(Contracts(), type => type.Namespace!.StartsWith("FunctionsApp.Core", StringComparison.Ordinal));

    [Fact]
    public async Task Published_properties_are_the_parameters_of_records()
    {
        // Modules add a property for each kind of ticket that they issue.
        var kinds = await TicketKindsAsync();
        Assert.NotEmpty(kinds);
        var contracts = Contracts().ToDictionary(Component);
        var document = JsonElement.Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs", "openapi.json")));

        foreach (var schema in document.GetProperty("components").GetProperty("schemas").EnumerateObject())
        {
            if (schema.Value.TryGetProperty("enum", out _) || schema.Name == nameof(ProblemDetails))
                continue;
            Assert.True(
                contracts.TryGetValue(schema.Name, out var type),
                $"{schema.Name} is published, but no function takes or returns it."
            );
            Assert.Equal(
                Allowed(type).Concat(type == typeof(TicketItem) ? kinds : []).Order(),
                schema.Value.GetProperty("properties").EnumerateObject().Select(property => property.Name).Order()
            );
        }
    }

    // Based on the parameters alone, independent of the serializer.
    static IEnumerable<string> Allowed(Type type)
    {
        var parameters = type.GetConstructors()
            .OrderByDescending(constructor => constructor.GetParameters().Length)
            .First()
            .GetParameters();
        Assert.NotEmpty(parameters);
        return parameters
            .Where(parameter =>
                type.GetProperty(parameter.Name!)?.GetCustomAttribute<JsonIgnoreAttribute>()
                    is not { Condition: JsonIgnoreCondition.Always }
            )
            .Select(parameter => Json.Name(parameter.Name!));
    }

    // The records that functions accept and return, including nested ones.
    static HashSet<Type> Contracts()
    {
        var found = new HashSet<Type>();
        foreach (var function in FunctionEndpoints.Discover(Modules.All))
        {
            foreach (var body in Bodies(function.Method))
                Add(body);
        }

        return found;

        void Add(Type type)
        {
            type = Nullable.GetUnderlyingType(type) ?? type;
            if (type.IsArray)
                Add(type.GetElementType()!);
            else if (Element(type) is { } element)
                Add(element);
            else if (
                !type.IsEnum
                && type.Namespace is { } space
                && (
                    space.StartsWith("FunctionsApp.Core", StringComparison.Ordinal)
                    || space.StartsWith("FunctionsApp.Functions", StringComparison.Ordinal)
                )
                && options.GetTypeInfo(type).Kind == JsonTypeInfoKind.Object
                && found.Add(type)
            )
            {
                // Based on the parameters again: a leaked property does not make its type a contract.
                foreach (
                    var parameter in type.GetConstructors()
                        .OrderByDescending(constructor => constructor.GetParameters().Length)
                        .First()
                        .GetParameters()
                )
                    Add(parameter.ParameterType);
            }
        }
    }

    // The types of a function's request body and of its results.
    static IEnumerable<Type> Bodies(MethodInfo method) =>
        method
            .GetParameters()
            .Where(one =>
                one.GetCustomAttribute<FromBodyAttribute>() is not null || one.ParameterType.Name is "LoginRequest" or "RefreshRequest"
            )
            .Select(parameter => parameter.ParameterType)
            .Concat(Results(method.ReturnType));

    static Type? Element(Type type) =>
        type == typeof(string)
            ? null
            : type.GetInterfaces()
                .Append(type)
                .Where(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IEnumerable<>))
                .Select(one => one.GetGenericArguments()[0])
                .FirstOrDefault();

    // Task<Ok<T>>, Task<Tagged<T>> and the like.
    static IEnumerable<Type> Results(Type type) =>
        typeof(Task).IsAssignableFrom(type) || typeof(IResult).IsAssignableFrom(type)
            ? type.GetGenericArguments().SelectMany(Results)
            : [type];

    static async Task<IReadOnlyList<string>> TicketKindsAsync()
    {
        await using var database = new AppDatabase { ConnectionString = "Host=nowhere.invalid", MigrateOnStart = false };
        await using var services = AppBuilder.Create(database).Services.BuildServiceProvider();
        return [.. services.GetRequiredService<TicketPresenters>().All.Select(presenter => presenter.Name)];
    }

    static string Component(Type type) =>
        type.IsGenericType ? $"{type.Name.Split('`')[0]}Of{type.GetGenericArguments()[0].Name}" : type.Name;

    static JsonSerializerOptions MakeOptions()
    {
        var made = new JsonSerializerOptions();
        made.UseApiConventions(Modules.All);
        return made;
    }
}
