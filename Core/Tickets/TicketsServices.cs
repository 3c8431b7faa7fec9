using Microsoft.Extensions.DependencyInjection;

namespace FunctionsApp.Core.Tickets;

/// <summary>What the module offers.</summary>
public static class TicketsServices
{
    /// <summary>Needs the module of keys and the modules that issue tickets to be registered.</summary>
    public static IServiceCollection AddTickets(this IServiceCollection services) =>
        services.AddSingleton<TicketCodes>().AddSingleton<TicketService>();
}
