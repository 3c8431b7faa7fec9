using Functions.Accounts;

namespace Functions;

/// <summary>The one list of the HTTP side's modules. A new module is one line here and one in Core/Modules.cs.</summary>
public static class Modules
{
    public static IReadOnlyList<Module> All { get; } =
    [
        new("Accounts", AccountsJson.Default),
    ];
}
