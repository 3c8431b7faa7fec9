namespace FunctionsApp.Functions.Hosting;

/// <summary>Documents a request header that a function reads.</summary>
/// <param name="Name">The header's name.</param>
/// <param name="Description">The effect, as a sentence for the API's users.</param>
public sealed record HeaderParameter(string Name, string Description);
