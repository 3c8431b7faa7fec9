using FunctionsApp.Functions.Hosting;
using FunctionsApp.Functions.Tests.Servers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace FunctionsApp.Functions.Tests.Conventions;

/// <summary>What requests need of the metadata is added without inferring all of it.</summary>
[OwnServer]
public sealed class EndpointMetadataTests
{
    [Fact]
    public async Task Functions_accept_the_media_types_that_ASP_NET_Core_infers()
    {
        await using var database = new AppDatabase { ConnectionString = "Host=nowhere.invalid", MigrateOnStart = false };
        await using var app = AppBuilder.Create(database).Build();
        var routes = (IEndpointRouteBuilder)app;
        routes.MapFunctions();

        var served = Accepted(routes.DataSources.Single());
        var described = Accepted(FunctionEndpoints.Described(app.Services));

        Assert.Equal(described, served);
        Assert.Contains(served, function => function.EndsWith("application/json", StringComparison.Ordinal));
        Assert.Contains(served, function => function.EndsWith("text/csv", StringComparison.Ordinal));
    }

    static List<string> Accepted(EndpointDataSource source) =>
        [
            .. from endpoint in source.Endpoints
            let body = endpoint.Metadata.GetMetadata<IAcceptsMetadata>()
            select $"{endpoint.DisplayName}: {body?.RequestType?.Name} {body?.IsOptional} {string.Join(", ", body?.ContentTypes ?? [])}",
        ];
}
