using FunctionsApp.Core;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Accounts;

/// <summary>Reads the bodies of the token endpoints: a form, as in OAuth 2.0 (RFC 6749), or the same fields as JSON.</summary>
static class FormOrJson
{
    /// <summary>The media types, for the documentation.</summary>
    public static readonly string[] MediaTypes = ["application/json", "application/x-www-form-urlencoded"];

    /// <param name="context">The request.</param>
    /// <param name="read">Creates the body from the fields of a form, each by its name and whether it is required.</param>
    /// <exception cref="BadHttpRequestException">The body cannot be read.</exception>
    /// <exception cref="RefusedException">Fields of the form are not valid.</exception>
    public static async ValueTask<T> ReadAsync<T>(HttpContext context, Func<Func<string, bool, string?>, T> read)
    {
        var request = context.Request;
        if (request.HasJsonContentType())
        {
            try
            {
                return await request.ReadFromJsonAsync<T>(context.RequestAborted) ?? throw new BadHttpRequestException("No body.");
            }
            catch (System.Text.Json.JsonException e)
            {
                throw new BadHttpRequestException("The body is not valid JSON.", e);
            }
        }

        if (!request.HasFormContentType)
            throw new BadHttpRequestException("Expected a form.", StatusCodes.Status415UnsupportedMediaType);
        IFormCollection form;
        try
        {
            form = await request.ReadFormAsync(context.RequestAborted);
        }
        catch (InvalidDataException e)
        {
            throw new RefusedException(Refusal.Invalid, "The form cannot be read: it is malformed, or has too many or too long fields.", e);
        }

        var validation = new Validation();
        var body = read(
            (name, required) =>
            {
                var values = form[name];
                validation.Check(
                    name,
                    values.Count > 1 ? "Duplicate field."
                        : required && values.Count == 0 ? "Is required."
                        : values.Count == 1 && !TextRules.IsWellFormed(values[0]!) ? JsonProblems.NotText
                        : null
                );
                return values.Count == 1 ? values[0] : null;
            }
        );
        validation.ThrowIfInvalid();
        return body;
    }
}
