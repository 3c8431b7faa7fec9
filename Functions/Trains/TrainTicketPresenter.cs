using FunctionsApp.Core.Tickets;
using FunctionsApp.Core.Trains;
using FunctionsApp.Functions.Tickets;

namespace FunctionsApp.Functions.Trains;

/// <summary>Train tickets in the list of all tickets.</summary>
public sealed class TrainTicketPresenter(TrainTicketService tickets) : ITicketPresenter
{
    public char Kind => TrainTicketSource.CodeKind;

    public string Name => "train";

    public string Description => "The train ticket, or null.";

    public Type Contract => typeof(TrainTicketResponse);

    public object Example => TrainTicketResponse.Example;

    public object Present(TicketSummary summary)
    {
        var ticket = (TrainTicket)summary.Ticket;
        return TrainTicketResponse.FromTicket((TrainRun)summary.Scope, ticket, tickets.CodeOf(ticket));
    }
}
