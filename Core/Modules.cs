using Core.Accounts;
using Core.Keys;
using Core.Ledger;
using Core.Parking;
using Core.Tickets;
using Core.Trains;

namespace Core;

/// <summary>The one list of the core's modules. A new module is one line here and one in Functions/Modules.cs.</summary>
public static class Modules
{
    /// <summary>In the order in which their migrations are applied.</summary>
    public static IReadOnlyList<Module> All { get; } =
    [
        new("Keys", services => services.AddKeys()),
        new("Accounts", services => services.AddAccounts()),
        new("Tickets", services => services.AddTickets()),
        new("Trains", services => services.AddTrains()),
        new("Parking", services => services.AddParking()),
        new("Ledger", services => services.AddLedger()),
    ];
}
