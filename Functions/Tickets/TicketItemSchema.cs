using System.Text.Json;
using System.Text.Json.Nodes;
using FunctionsApp.Functions.Hosting;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;

namespace FunctionsApp.Functions.Tickets;

/// <summary>Describes <see cref="TicketItem"/>, whose kinds and properties the modules bring.</summary>
sealed class TicketItemSchema(TicketPresenters presenters, IOptions<JsonOptions> json) : IOpenApiDocumentTransformer
{
    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        var schemas = document.Components!.Schemas!;
        var kind = (OpenApiSchema)schemas[nameof(TicketKind)];
        kind.Type = JsonSchemaType.String;
        kind.Enum = [.. presenters.All.Select(presenter => JsonValue.Create(presenter.Name))];
        var item = (OpenApiSchema)schemas[nameof(TicketItem)];
        item.Examples = [.. presenters.All.Take(1).Select(Example)];
        foreach (var presenter in presenters.All)
        {
            var ticket = new OpenApiSchemaReference(presenter.Contract.Name, document) { Description = presenter.Description };
            item.Properties![presenter.Name] = new OpenApiSchema
            {
                OneOf = [new OpenApiSchema { Type = JsonSchemaType.Null }, ticket],
                Description = presenter.Description,
            };
        }

        return Task.CompletedTask;
    }

    JsonNode Example(ITicketPresenter presenter)
    {
        var item = new TicketItem(Examples.Id, new(presenter.Name), Examples.Time, presenter.Example);
        return JsonSerializer.SerializeToNode(item, json.Value.SerializerOptions.GetTypeInfo(typeof(TicketItem)))!;
    }
}
