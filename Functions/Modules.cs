using Functions.Accounts;
using Functions.Ledger;
using Functions.Parking;
using Functions.Tickets;
using Functions.Trains;

namespace Functions;

/// <summary>The one list of the HTTP side's modules. A new module is one line here and one in Core/Modules.cs.</summary>
public static class Modules
{
    public static IReadOnlyList<Module> All { get; } =
    [
        new("Accounts", AccountsJson.Default),
        new("Tickets", TicketsJson.Default),
        new("Trains", TrainsJson.Default),
        new("Parking", ParkingJson.Default),
        new("Ledger", LedgerJson.Default),
    ];
}
