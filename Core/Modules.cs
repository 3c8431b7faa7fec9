using FunctionsApp.Core.Accounts;
using FunctionsApp.Core.Keys;
using FunctionsApp.Core.Ledger;
using FunctionsApp.Core.Parking;
using FunctionsApp.Core.Tickets;
using FunctionsApp.Core.Trains;

namespace FunctionsApp.Core;

/// <summary>The core's modules. Adding a module takes one line here and one in Functions/Modules.cs.</summary>
public static class Modules
{
    /// <summary>In the order in which their migrations are applied.</summary>
    public static IReadOnlyList<Module> All { get; } =
    [
        new("Keys", (services, configuration) => services.AddKeys(configuration)),
        new("Accounts", (services, configuration) => services.AddAccounts(configuration)),
        new("Tickets", (services, _) => services.AddTickets()),
        new("Trains", (services, configuration) => services.AddTrains(configuration)),
        new("Parking", (services, _) => services.AddParking()),
        new("Ledger", (services, configuration) => services.AddLedger(configuration)),
    ];
}
