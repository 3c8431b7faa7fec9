using System.Text.RegularExpressions;
using Microsoft.OpenApi;

namespace FunctionsApp.Functions.Hosting;

/// <summary>Joins the lines of descriptions, which come from doc comments that are wrapped in the code.</summary>
sealed partial class ApiDescriptions : OpenApiVisitorBase
{
    /// <summary>Joins the lines of all descriptions of operations, parameters, bodies, responses and schemas.</summary>
    public static void JoinLines(OpenApiDocument document) => new OpenApiWalker(new ApiDescriptions()).Walk(document);

    public override void Visit(OpenApiOperation operation)
    {
        operation.Summary = Joined(operation.Summary);
        operation.Description = Joined(operation.Description);
    }

    public override void Visit(IOpenApiParameter parameter) => parameter.Description = Joined(parameter.Description);

    public override void Visit(IOpenApiRequestBody requestBody) => requestBody.Description = Joined(requestBody.Description);

    public override void Visit(IOpenApiSchema schema)
    {
        if (schema is OpenApiSchema)
            schema.Description = Joined(schema.Description);
    }

    // The description of a property whose type is another contract is on the reference.
    public override void Visit(IOpenApiReferenceHolder referenceHolder)
    {
        if (referenceHolder is OpenApiSchemaReference { Reference: { Description: { } description } reference })
            reference.Description = Joined(description);
    }

    static string? Joined(string? text) => text is null ? null : LineBreak().Replace(text, " ");

    [GeneratedRegex(@"\s*\r?\n\s*", RegexOptions.NonBacktracking)]
    private static partial Regex LineBreak();
}
