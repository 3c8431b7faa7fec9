using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace FunctionsApp.Functions.Tickets;

/// <summary>The JSON of <see cref="TicketItem"/>: with a property for each kind of ticket, which holds the ticket or null.</summary>
sealed class TicketItemJson(TicketPresenters presenters) : IJsonTypeInfoResolver
{
    public JsonTypeInfo? GetTypeInfo(Type type, JsonSerializerOptions options)
    {
        if (type != typeof(TicketItem))
            return null;
        var item = ((IJsonTypeInfoResolver)TicketsJson.Default).GetTypeInfo(type, options)!;
        foreach (var presenter in presenters.All)
        {
            var property = item.CreateJsonPropertyInfo(presenter.Contract, presenter.Name);
            property.Get = one => ((TicketItem)one).Kind.Name == presenter.Name ? ((TicketItem)one).Ticket : null;
            item.Properties.Add(property);
        }

        return item;
    }
}
