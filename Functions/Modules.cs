using FunctionsApp.Functions.Accounts;
using FunctionsApp.Functions.Hosting;
using FunctionsApp.Functions.Keys;
using FunctionsApp.Functions.Ledger;
using FunctionsApp.Functions.Parking;
using FunctionsApp.Functions.Tickets;
using FunctionsApp.Functions.Trains;

namespace FunctionsApp.Functions;

/// <summary>The modules' HTTP side. Adding a module takes one line here and one in Core/Modules.cs.</summary>
public static class Modules
{
    public static IReadOnlyList<Module> All { get; } =
    [
        new(
            "Accounts",
            AccountsJson.Default,
            new("Accounts", "Sign up, log in and renew tokens."),
            new("My account", "Your profile, password, sessions and audit trail."),
            new("Users", "Manage users. For administrators.")
        ),
        new("Keys", KeysJson.Default),
        new("Tickets", TicketsJson.Default, new ApiTag("Tickets", "Buy, list, cancel and verify tickets."))
        {
            AddServices = services => services.AddTicketsHttp(),
        },
        new("Trains", TrainsJson.Default, new ApiTag("Trains", "Find trains, fares and free seats."))
        {
            AddServices = services => services.AddTrainsHttp(),
        },
        new("Parking", ParkingJson.Default, new ApiTag("Parking", "Parking lots, and stays of vehicles in them."))
        {
            AddServices = services => services.AddParkingHttp(),
        },
        new(
            "Ledger",
            LedgerJson.Default,
            new ApiTag("Ledger", "Record what you bought and sold, and see what your portfolio is worth at any time.")
        ),
    ];
}
