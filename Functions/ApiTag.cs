namespace FunctionsApp.Functions;

/// <summary>A section of the documentation.</summary>
/// <param name="Name">What <c>[Tags]</c> of its functions says.</param>
/// <param name="Description">One sentence for the API's users.</param>
public sealed record ApiTag(string Name, string Description);
