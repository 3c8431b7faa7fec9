namespace FunctionsApp.Functions.Tests.Conventions;

/// <summary>A module's endpoints that take a JSON body. A class of its tests names them, and <see cref="BadInputTests"/> finds it.</summary>
public interface IEndpoints
{
    /// <summary>The endpoints, each with a body that it takes.</summary>
    IEnumerable<Endpoint> Endpoints { get; }
}
