using FunctionsApp.Core.Tickets;

namespace FunctionsApp.Functions.Tickets;

/// <summary>
/// How a module shows its tickets in the list of all tickets. Each <see cref="ITicketSource"/> has one, which the module's HTTP side
/// registers.
/// </summary>
public interface ITicketPresenter
{
    /// <summary>The <see cref="ITicketSource.Kind"/> of its tickets.</summary>
    char Kind { get; }

    /// <summary>The kind in the API, and the property that holds such a ticket.</summary>
    string Name { get; }

    /// <summary>The description of that property.</summary>
    string Description { get; }

    /// <summary>The type of <see cref="Example"/> and of what <see cref="Present"/> returns: one that the module's JSON knows.</summary>
    Type Contract { get; }

    object Example { get; }

    object Present(TicketSummary summary);
}
