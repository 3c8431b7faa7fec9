namespace FunctionsApp.Functions.Hosting;

/// <summary>A section of the documentation.</summary>
/// <param name="Name">The value of <c>[Tags]</c> on its functions.</param>
/// <param name="Description">One sentence for the API's users.</param>
public sealed record ApiTag(string Name, string Description);
