using Microsoft.Extensions.DependencyInjection;

namespace Core.Tickets;

/// <summary>What the module offers.</summary>
public static class TicketsServices
{
    /// <summary>Needs <see cref="TicketOptions"/>, <see cref="Accounts.AccountOptions"/> and the modules that issue tickets to be registered.</summary>
    public static IServiceCollection AddTickets(this IServiceCollection services) => services
        .AddSingleton<TicketCodes>()
        .AddSingleton<TicketService>();
}
