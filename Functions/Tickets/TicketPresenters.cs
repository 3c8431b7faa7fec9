using FunctionsApp.Core.Tickets;

namespace FunctionsApp.Functions.Tickets;

/// <summary>The presenters of all kinds of tickets: one for each kind that the modules issue.</summary>
public sealed class TicketPresenters
{
    /// <exception cref="InvalidOperationException">A kind has no presenter or two, or a name is not unique.</exception>
    public TicketPresenters(TicketService tickets, IEnumerable<ITicketPresenter> presenters)
    {
        All = [.. presenters];
        HashSet<string> names = ["id", "kind", "issued_at"];
        foreach (var presenter in All)
        {
            var type = presenter.GetType().Name;
            Require(All.Count(one => one.Kind == presenter.Kind) == 1, $"{type} and another presenter show tickets of the same kind.");
            Require(tickets.Kinds.Contains(presenter.Kind), $"{type} shows tickets of a kind that no ITicketSource issues.");
            Require(names.Add(presenter.Name), $"{type} has the name '{presenter.Name}', which another presenter or property has.");
        }

        foreach (var kind in tickets.Kinds)
        {
            Require(
                All.Any(one => one.Kind == kind),
                $"Tickets of the kind '{kind}' have no ITicketPresenter: register one in the HTTP side of their module."
            );
        }
    }

    /// <summary>In the order in which they were registered.</summary>
    public IReadOnlyList<ITicketPresenter> All { get; }

    public TicketItem Present(TicketSummary summary)
    {
        var presenter = All.First(one => one.Kind == summary.Kind);
        return new(summary.Id, new(presenter.Name), summary.IssuedAt, presenter.Present(summary));
    }

    static void Require(bool condition, string message)
    {
        if (!condition)
            throw new InvalidOperationException(message);
    }
}
