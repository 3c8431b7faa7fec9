using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.OpenApi;

namespace FunctionsApp.Functions.Tickets;

/// <summary>What the module's HTTP side registers.</summary>
public static class TicketsHttp
{
    /// <summary>A kind of tickets without a presenter, or with two, fails at the start.</summary>
    public static IServiceCollection AddTicketsHttp(this IServiceCollection services)
    {
        services
            .AddSingleton<TicketPresenters>()
            .AddOptions<JsonOptions>()
            .PostConfigure<TicketPresenters>(
                (json, presenters) => json.SerializerOptions.TypeInfoResolverChain.Insert(0, new TicketItemJson(presenters))
            )
            .ValidateOnStart();
        return services.Configure<OpenApiOptions>(ApiDocument.Name, options => options.AddDocumentTransformer<TicketItemSchema>());
    }
}
