namespace FunctionsApp.Functions.Tests.Conventions;

/// <summary>
/// A module's endpoints with a JSON body. A class in the module's tests lists them for <see cref="BadInputTests"/>.
/// </summary>
public interface IEndpoints
{
    /// <summary>The endpoints, each with a valid body.</summary>
    IEnumerable<Endpoint> Endpoints { get; }
}
